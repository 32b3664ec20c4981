"""Probes: functions that run a model's forward pass and return records of its intermediate values."""

from core.probes.decoder import decoder_pass, teacher_forcing
from core.probes.head import head_inside
from core.probes.importance import log_probabilities_without_heads, log_probabilities_without_words
from core.probes.padding import padded_head
from core.probes.recurrence import recurrent_inside

__all__ = [
    "decoder_pass",
    "head_inside",
    "log_probabilities_without_heads",
    "log_probabilities_without_words",
    "padded_head",
    "recurrent_inside",
    "teacher_forcing",
]
