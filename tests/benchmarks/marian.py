"""An imported model beside CTranslate2 on the CPU: the same translations, and how long a traced one takes.

    python tests/benchmarks/marian.py --model opus-zh-en --original FOLDER --text FILE [--sentences 200]

FOLDER is the Argos package, unpacked, that the model was imported from. CTranslate2 computes in float32 on one thread,
with a beam of 1, and returns no attention; Headlight returns every attention weight. Sentence by sentence in turn, so
that both meet the same noise; the ratio of the sums of the fastest of three runs is what counts.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import ctranslate2
import sentencepiece
import torch

import core
from core.config import EOS
from core.decoding import greedy
from core.model import padded
from tests.benchmarks.verdict import verdict

LIMIT = 2.0  # the most that a traced translation may take of CTranslate2's time without attention
PIECES = range(18, 23)  # of an output that is timed: about 20
TIMED, ROUNDS = 4, 3
BATCH, LONGEST = 40, 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="the imported model, by name or folder")
    parser.add_argument("--original", type=Path, required=True)
    parser.add_argument("--text", type=Path, nargs="+", required=True, help="sentences, one a line")
    parser.add_argument("--sentences", type=int, default=200)
    args = parser.parse_args()
    torch.set_num_threads(1)
    ours = core.load(args.model, device="cpu")
    theirs = ctranslate2.Translator(
        str(args.original / "model"), compute_type="float32", inter_threads=1, intra_threads=1
    )
    divide = sentencepiece.SentencePieceProcessor(model_file=str(args.original / "sentencepiece.model"))
    names = ours.target_tokenizer.pieces

    lines = dict.fromkeys(line.strip() for path in args.text for line in path.read_text(encoding="utf-8").splitlines())
    chosen = [line for line in lines if 4 <= len(line) <= 60]
    random.Random(0).shuffle(chosen)
    chosen = sorted(chosen[: args.sentences], key=len)

    def headlight(texts: list[str]) -> list[list[str]]:
        rows = [ours.encode(text)[0] for text in texts]
        found = greedy(ours.model, padded(rows), LONGEST, run=ours.runner)
        return [[names[i] for i in row if i != EOS] for row in found]

    def ctranslate(texts: list[str]) -> list[list[str]]:
        pieces = [divide.encode(text, out_type=str) for text in texts]
        found = theirs.translate_batch(pieces, beam_size=1, max_decoding_length=LONGEST)
        return [one.hypotheses[0] for one in found]

    equal, timed = 0, []
    for start in range(0, len(chosen), BATCH):
        texts = chosen[start : start + BATCH]
        for text, mine, other in zip(texts, headlight(texts), ctranslate(texts), strict=True):
            equal += mine == other
            if mine != other:
                print(f"differs: {text}\n  {' '.join(mine)}\n  {' '.join(other)}")
            elif len(mine) + 1 in PIECES and len(timed) < TIMED:
                timed.append(text)
        print(f"{equal} of {start + len(texts)} translations are CTranslate2's", flush=True)

    def trace(text: str) -> list[str]:
        return list(ours.translate(text).output_pieces[:-1])

    def alone(text: str) -> list[str]:
        return ctranslate([text])[0]

    best = {run: [float("inf")] * len(timed) for run in (trace, alone)}
    for _ in range(ROUNDS + 1):
        for i, text in enumerate(timed):
            found = []
            for run, times in best.items():
                start = time.perf_counter()
                output = run(text)
                times[i] = min(times[i], time.perf_counter() - start)
                found.append(output)
            assert found[0] == found[1], text
    for i, text in enumerate(timed):
        print(f"{best[trace][i] * 1000:.0f} ms beside {best[alone][i] * 1000:.0f} ms: {text}")
    if not timed:
        print("no sentence with an output of about 20 pieces: nothing was timed")
        return 1
    ratio = sum(best[trace]) / sum(best[alone])
    fast = verdict("An imported model, traced, of CTranslate2's time without attention", ratio, LIMIT, "", 2)
    return int(not fast or equal < len(chosen))


if __name__ == "__main__":
    raise SystemExit(main())
