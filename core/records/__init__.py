"""Frozen records of runs: arrays and strings, which need no model and no torch."""

from core.records.beam_search import BeamHypothesis, BeamSearch, Node
from core.records.contexts import Contexts, head_contexts, recurrent_contexts
from core.records.contributions import METHODS, Contributions
from core.records.corpus_heads import CorpusHead, CorpusHeads, CorpusText, HeadExample, PieceShare
from core.records.head import HeadInside
from core.records.moments import Moment
from core.records.passes import WAYS, PaddedHead, Reordered, Timed
from core.records.recurrence import RecurrentInside
from core.records.stream import Followed, HalfStep, ReadOut, ResidualStream
from core.records.trace import CANDIDATES, Step, Trace

__all__ = [
    "CANDIDATES",
    "METHODS",
    "WAYS",
    "BeamHypothesis",
    "BeamSearch",
    "Contexts",
    "Contributions",
    "CorpusHead",
    "CorpusHeads",
    "CorpusText",
    "Followed",
    "HalfStep",
    "HeadExample",
    "HeadInside",
    "Moment",
    "Node",
    "PaddedHead",
    "PieceShare",
    "ReadOut",
    "RecurrentInside",
    "Reordered",
    "ResidualStream",
    "Step",
    "Timed",
    "Trace",
    "head_contexts",
    "recurrent_contexts",
]
