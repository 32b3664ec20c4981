"""Sentence pairs from templates: names, places, languages, ages, numbers, times and dates, and words to copy.

No corpus holds enough of these, and they are among the first things that people try. A template is a pair of sentences
with the same slots; a slot is filled with a word and its translation. Words in `{copy}` slots are the same on both
sides, so that a model learns to spell words that its vocabulary has no piece for.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

Pair = tuple[str, str]

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DIGITS = "零一二三四五六七八九"


def _split_entry(entry: str) -> tuple[str, ...]:
    return tuple(entry.split("|"))


def _split_template(entry: str) -> Pair:
    english, chinese = entry.split("|")
    return english, chinese


PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
WORDS = {slot: [_split_entry(entry) for entry in entries] for slot, entries in PHRASES["words"].items()}
"""The words for each slot, (English, Chinese). Capitals also have their country's names; emoji are one word."""
TEMPLATES = {
    kind: [_split_template(line) for line in text.strip().split("\n")] for kind, text in PHRASES["templates"].items()
}


def _spell_number(number: int) -> Pair:
    """Return a number below 100 in words."""
    tens, ones = divmod(number, 10)
    english = ONES[number] if number < 20 else TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")
    chinese = ("" if tens < 2 else DIGITS[tens]) + ("十" if tens else "") + (DIGITS[ones] if ones or not tens else "")
    return english, chinese


def _spell_count(number: int) -> Pair:
    """Return a number in words, as it is written before a measure word: two is 两."""
    english, chinese = _spell_number(number)
    return english, "两" if number == 2 else chinese


def _draw_time(rng: random.Random) -> Pair:
    """Return a time of day: a full hour, half past, or hour and minutes."""
    hour, minute = rng.randint(1, 12), rng.choice([0, 0, 30, *range(5, 60, 5)])
    if minute == 0:
        return rng.choice([(f"{hour} o'clock", f"{hour}点"), (f"{ONES[hour]} o'clock", f"{_spell_count(hour)[1]}点"),
                           (f"{hour} a.m.", f"上午{hour}点"), (f"{hour} p.m.", f"下午{hour}点")])  # fmt: skip
    if minute == 30 and rng.random() < 0.6:
        return f"half past {ONES[hour]}", f"{_spell_count(hour)[1]}点半"
    return rng.choice(
        [(f"{hour}:{minute:02}", f"{hour}:{minute:02}"), (f"{hour}:{minute:02}", f"{hour}点{minute:02}分")]
    )


def draw_pseudoword(rng: random.Random) -> str:
    """Return a capitalised word that is in no dictionary, like many names: two or three syllables."""
    onsets = [
        "b",
        "c",
        "d",
        "g",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "w",
        "z",
        "br",
        "ch",
        "dr",
        "gr",
        "kr",
        "sh",
        "st",
        "tr",
        "th",
        "zh",
        "qu",
        "x",
        "y",
    ]
    vowels = (
        ["a", "e", "i", "o", "u", "ai", "ei", "ou", "ü", "ö", "é", "á", "ó", "ñi", "ia"]
        if rng.random() < 0.25
        else list("aeiou")
    )
    ends = ["", "", "", "n", "r", "s", "l", "x", "m", "th"]
    word = "".join(rng.choice(onsets) + rng.choice(vowels) + rng.choice(ends) for _ in range(rng.randint(2, 3)))
    return word[:1].upper() + word[1:]


def _draw_code(rng: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return "".join(rng.choice(letters if rng.random() < 0.4 else "0123456789") for _ in range(rng.randint(3, 7)))


def _draw_number(rng: random.Random) -> str:
    return rng.choice([str(rng.randint(2, 99)), str(rng.randint(100, 9999)), f"{rng.randint(1, 999)},{rng.randint(0, 999):03}",
                       f"{rng.randint(0, 99)}.{rng.randint(1, 99)}"])  # fmt: skip


class Filler:
    """Fills the slots of templates with random words and their translations.

    Args:
        rng: Draws the words.
        lexicon: (English, Chinese) names of the kinds "cities", "territories", "languages" and "currencies". A missing
            kind is replaced by a few common words.
    """

    def __init__(self, rng: random.Random, lexicon: Mapping[str, Sequence[Pair]]) -> None:
        self.rng = rng
        self.lists: dict[str, list[Pair]] = {
            slot: [(english, chinese) for english, chinese in words]
            for slot, words in WORDS.items()
            if slot not in ("capitals", "emoji")
        }
        self.lists["place"] = [*lexicon.get("cities", ()), *lexicon.get("territories", ())] or self.lists["city"]
        self.lists["tongue"] = list(lexicon.get("languages", ())) or self.lists["language"]
        self.lists["currency"] = list(lexicon.get("currencies", ())) or [("dollars", "美元")]

    def draw_word(self, slot: str) -> Pair:
        """Return a word for a slot. A slot whose name ends with 2 is a second one of the same kind."""
        rng, kind = self.rng, slot.rstrip("2")
        if kind in self.lists:
            return rng.choice(self.lists[kind])
        if kind == "time":
            return _draw_time(rng)
        if kind in ("agewords", "countwords"):
            number = rng.randint(2, 80 if kind == "agewords" else 30)
            return _spell_number(number) if kind == "agewords" else _spell_count(number)
        month, day, year = rng.randint(1, 12), rng.randint(1, 28), rng.randint(1850, 2030)
        name = MONTHS[month - 1]
        if kind == "date":
            return rng.choice([(f"{name} {day}, {year}", f"{year}年{month}月{day}日"), (f"{name} {day}", f"{month}月{day}日"),
                               (f"{day} {name} {year}", f"{year}年{month}月{day}日")])  # fmt: skip
        if kind == "monthyear":
            return f"{name} {year}", f"{year}年{month}月"
        word = {
            "year": lambda: str(year),
            "age": lambda: str(rng.randint(2, 99)),
            "count": lambda: str(rng.randint(2, 500)),
            "number": lambda: _draw_number(rng),
            "digits": lambda: "".join(rng.choice("0123456789") for _ in range(rng.randint(6, 11))),
            "copy": lambda: draw_pseudoword(rng),
            "lower": lambda: draw_pseudoword(rng).lower(),
            "code": lambda: _draw_code(rng),
            "file": lambda: (
                f"{draw_pseudoword(rng).lower()}{rng.choice(['', '_2', '-final', '7'])}"
                f".{rng.choice(['txt', 'pdf', 'py', 'csv'])}"
            ),
            "mail": lambda: (
                f"{draw_pseudoword(rng).lower()}@{draw_pseudoword(rng).lower()}.{rng.choice(['com', 'org', 'net'])}"
            ),
            "emoji": lambda: rng.choice(WORDS["emoji"])[0],
        }[kind]()
        return word, word

    def fill(self, template: Pair) -> Pair:
        """Return both sentences of a template with their slots filled, each slot with the same word on both sides."""
        slots = sorted({part.partition("}")[0] for part in template[0].split("{")[1:]} - {"capital", "nation"})
        words = {slot: self.draw_word(slot) for slot in slots}
        capital, chinese_capital, nation, chinese_nation = self.rng.choice(WORDS["capitals"])
        words |= {"capital": (capital, chinese_capital), "nation": (nation, chinese_nation)}
        english, chinese = (
            sentence.format(**{slot: pair[side] for slot, pair in words.items()})
            for side, sentence in enumerate(template)
        )
        return english[:1].upper() + english[1:], chinese


def generated_pairs(count: int, copied: int, seed: int, lexicon: Mapping[str, Sequence[Pair]]) -> list[Pair]:
    """Return pairs of English and Chinese sentences, each once and the same for the same arguments.

    Args:
        count: The number of pairs, duplicates included, from templates whose words are translated.
        copied: The number of pairs, duplicates included, from templates with a word that is copied.
        seed: The seed of all random choices.
        lexicon: (English, Chinese) names by kind, see `Filler`.
    """
    rng = random.Random(seed)
    filler = Filler(rng, lexicon)
    pairs: dict[Pair, None] = {}
    for number, templates in ((count, TEMPLATES["translated"]), (copied, TEMPLATES["copied"])):
        for _ in range(number):
            pairs[filler.fill(rng.choice(templates))] = None
    return list(pairs)
