"""A traced greedy translation beside Hugging Face's MarianMTModel of the same size, on the CPU, in one run.

    python tests/benchmarks/decoding.py

Marian has random weights: what is timed does not depend on them. Both write the same number of pieces for each
sentence, and both return every attention weight. The ratio of the medians is what counts; milliseconds drift.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
from transformers import MarianConfig, MarianMTModel

import core

SENTENCES = (
    "Tom chases Jerry.",
    "I would like to go to the park with my friends tomorrow.",
    "The animal didn't cross the street because it was too tired.",
    "Where did you buy the book that you gave me yesterday?",
)
ROUNDS = 7
LIMIT = 1 / 3  # the most that ours may take of Marian's time, a piece


def marian(config: core.ModelConfig) -> MarianMTModel:
    """Marian with the sizes of `config`."""
    return MarianMTModel(
        MarianConfig(
            vocab_size=config.target_vocab,
            d_model=config.d_model,
            encoder_layers=config.n_layers,
            decoder_layers=config.n_layers,
            encoder_attention_heads=config.n_heads,
            decoder_attention_heads=config.n_heads,
            encoder_ffn_dim=config.d_ff,
            decoder_ffn_dim=config.d_ff,
            max_position_embeddings=config.max_length,
            activation_function="relu",
            pad_token_id=0,
            eos_token_id=3,
            decoder_start_token_id=2,
            forced_eos_token_id=None,
            attn_implementation="eager",  # the only one that returns weights
        )
    ).eval()


def main() -> int:
    torch.set_num_threads(1)
    ours = core.load("en-zh", device="cpu")
    theirs = marian(ours.config)
    ratios = []
    for sentence in SENTENCES:
        trace = ours.translate(sentence)
        pieces = len(trace.output_pieces)
        source = torch.randint(4, ours.config.source_vocab, (1, len(trace.source_pieces)))
        times: dict[str, list[float]] = {"headlight": [], "marian": []}

        def run_theirs(source=source, pieces=pieces):
            found = theirs.generate(
                source,
                max_new_tokens=pieces,
                min_new_tokens=pieces,
                num_beams=1,
                do_sample=False,
                output_attentions=True,
                return_dict_in_generate=True,
            )
            assert len(found.cross_attentions) == pieces

        for _ in range(ROUNDS + 1):  # in turn, so that both meet the same noise; the first round warms up
            for name, run in (("headlight", lambda s=sentence: ours.translate(s)), ("marian", run_theirs)):
                start = time.perf_counter()
                run()
                times[name].append((time.perf_counter() - start) / pieces * 1000)
        medians = {name: statistics.median(values[1:]) for name, values in times.items()}
        ratios.append(medians["headlight"] / medians["marian"])
        print(
            f"{pieces:3} pieces: Headlight {medians['headlight']:.2f} ms a piece, "
            f"Marian {medians['marian']:.2f} ms, ratio {ratios[-1]:.2f}"
        )
    worst = max(ratios)
    print(f"worst ratio {worst:.2f}, allowed {LIMIT:.2f}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
