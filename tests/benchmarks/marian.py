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

LIMIT = 2.0  # the most that a traced translation may take of CTranslate2's time without attention
PIECES = range(18, 23)  # of an output that is timed: about 20
TIMED, ROUNDS = 8, 3


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

    def headlight(text: str) -> list[str]:
        ids, _ = ours.encode(text)
        output = greedy(ours.model, ours.tensor(ids), ours.longest_output(len(ids)), laid_out=ours.laid_out)[0]
        return [names[i] for i in output if i != EOS]

    def ctranslate(text: str) -> list[str]:
        pieces = divide.encode(text, out_type=str)
        limit = ours.longest_output(len(pieces) + 1)
        return theirs.translate_batch([pieces], beam_size=1, max_decoding_length=limit)[0].hypotheses[0]

    lines = dict.fromkeys(line.strip() for path in args.text for line in path.read_text(encoding="utf-8").splitlines())
    chosen = [line for line in lines if 4 <= len(line) <= 60]
    random.Random(0).shuffle(chosen)
    equal, timed = 0, []
    for i, text in enumerate(chosen[: args.sentences], 1):
        mine, other = headlight(text), ctranslate(text)
        equal += mine == other
        if mine != other:
            print(f"differs: {text}\n  {' '.join(mine)}\n  {' '.join(other)}")
        elif len(mine) + 1 in PIECES and len(timed) < TIMED:
            timed.append(text)
        if i % 50 == 0:
            print(f"{equal} of {i} translations are CTranslate2's", flush=True)
    print(f"{equal} of {min(args.sentences, len(chosen))} translations are CTranslate2's")

    best = {run: [float("inf")] * len(timed) for run in (ours.translate, ctranslate)}
    for _ in range(ROUNDS + 1):
        for i, text in enumerate(timed):
            found = []
            for run, times in best.items():
                start = time.perf_counter()
                output = run(text)
                times[i] = min(times[i], time.perf_counter() - start)
                found.append(list(output) if isinstance(output, list) else list(output.output_pieces[:-1]))
            assert found[0] == found[1], text
    for i, text in enumerate(timed):
        print(f"{best[ours.translate][i] * 1000:.0f} ms beside {best[ctranslate][i] * 1000:.0f} ms: {text}")
    if not timed:
        print("no sentence with an output of about 20 pieces: nothing was timed")
        return 1
    ratio = sum(best[ours.translate]) / sum(best[ctranslate])
    print(f"traced, ratio {ratio:.2f}, allowed {LIMIT:.2f}")
    return int(ratio > LIMIT or equal < min(args.sentences, len(chosen)))


if __name__ == "__main__":
    raise SystemExit(main())
