"""Sentence pairs, English and French, from words and templates of our own.

They teach the genders of nouns, the order of adjectives in names, and to copy names. The pairs in which "it" must be
resolved are in `core.training.antecedents`.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from core.training.generated import draw_pseudoword

Pair = tuple[str, str]

WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("french.toml").read_text(encoding="utf-8"))
VOWELS = "aeiouyhàâäéèêëîïôöùûüœæ"
UNTRAINED = ("agreement", "European Economic Area")
"""What is signed in a sentence that people try first; each is trained on with others only."""


@dataclass(frozen=True)
class Noun:
    """A noun.

    Attributes:
        english: The English noun.
        french: The French noun.
        gender: "m" or "f".
        elides: Whether the article before it loses its vowel.
    """

    english: str
    french: str
    gender: str
    elides: bool

    @classmethod
    def parse(cls, entry: str) -> Noun:
        """Return the noun of an entry of french.toml."""
        english, french, gender = entry.split("|")
        return cls(english, french, gender[0], french[0] in VOWELS and not gender.endswith("h"))

    @property
    def pronoun(self) -> str:
        """The French pronoun for "it"."""
        return "il" if self.gender == "m" else "elle"

    def the(self) -> str:
        """Return the noun with its definite article."""
        return f"l'{self.french}" if self.elides else f"{'le' if self.gender == 'm' else 'la'} {self.french}"

    def a(self) -> str:
        """Return the noun with its indefinite article."""
        return f"{'un' if self.gender == 'm' else 'une'} {self.french}"

    def this(self) -> str:
        """Return the noun with "this"."""
        return f"{('cet' if self.elides else 'ce') if self.gender == 'm' else 'cette'} {self.french}"

    def my(self) -> str:
        """Return the noun with "my"."""
        return f"{'mon' if self.gender == 'm' or self.elides else 'ma'} {self.french}"


@dataclass(frozen=True)
class Adjective:
    """An adjective: English, and both French forms; or a French noun that is said with avoir, as in « avoir faim »."""

    english: str
    forms: tuple[str, str]
    with_avoir: bool = False

    @classmethod
    def parse(cls, entry: str) -> Adjective:
        """Return the adjective of an entry of french.toml."""
        english, masculine, *feminine = entry.split("|")
        if masculine.startswith("avoir "):
            return cls(english, (masculine.removeprefix("avoir "),) * 2, with_avoir=True)
        return cls(english, (masculine, feminine[0] if feminine else masculine))

    def said_of(self, noun: Noun) -> str:
        """Return the form that agrees with a noun."""
        return self.forms[noun.gender == "f"]

    def clause(self, noun: Noun, tense: str, degree: str) -> str:
        """Return what is said of a noun after its pronoun: « était trop fatiguée », « avait trop faim »."""
        verb = {"past": ("était", "avait"), "present": ("est", "a")}[tense][self.with_avoir]
        return " ".join(filter(None, (verb, {"too": "trop", "very": "très", "": ""}[degree], self.said_of(noun))))


NOUNS = {kind: [Noun.parse(entry) for entry in entries] for kind, entries in WORDS["nouns"].items()}
ADJECTIVES = {kind: [Adjective.parse(entry) for entry in entries] for kind, entries in WORDS["adjectives"].items()}
NATIONS = {entry.split("|")[0] for entry in WORDS["signed"]["origins"]} - {"International", "National"}
"""Words that keep their capital letter where the other words of a name are written without one."""


def capital(sentence: str) -> str:
    """Return a sentence with a capital letter at its start."""
    return sentence[:1].upper() + sentence[1:]


def gender_pairs(count: int, seed: int) -> list[Pair]:
    """Return pairs about one noun, which teach its gender."""
    rng = random.Random(seed + 2)
    pairs: dict[Pair, None] = {}
    all_nouns = [noun for nouns in NOUNS.values() for noun in nouns]
    for _ in range(count):
        noun, other = rng.choice(all_nouns), rng.choice(ADJECTIVES["plain"])
        english, said, it = noun.english, other.said_of(noun), noun.pronoun
        article = "an" if english[0] in "aeiou" else "a"
        pair = rng.choice([
            (f"The {english} is {other.english}.", f"{noun.the()} est {said}."),
            (f"The {english} was very {other.english}.", f"{noun.the()} était très {said}."),
            (f"This {english} is {other.english}.", f"{noun.this()} est {said}."),
            (f"My {english} is {other.english}.", f"{noun.my()} est {said}."),
            (f"I see {article} {english}.", f"Je vois {noun.a()}."),
            (f"There is {article} {english} here.", f"Il y a {noun.a()} ici."),
            (f"Where is the {english}?", f"Où est {noun.the()} ?"),
            (f"Where is the {english}? It is here.", f"Où est {noun.the()} ? {it} est ici."),
            (f"Look at the {english}. It is {other.english}.", f"Regarde {noun.the()}. {it} est {said}."),
            (f"I like the {english} because it is {other.english}.", f"J'aime {noun.the()} parce qu'{it} est {said}."),
            (f"I don't like this {english} because it is too {other.english}.",
             f"Je n'aime pas {noun.this()} parce qu'{it} est trop {said}."),
        ])  # fmt: skip
        french = ". ".join(map(capital, pair[1].split(". "))).replace("? e", "? E").replace("? i", "? I")
        pairs[pair[0], french] = None
    return list(pairs)


def signed_pairs(count: int, seed: int) -> list[Pair]:
    """Return pairs as "The treaty on the African Economic Union was signed in May 1992." without what is held out."""
    rng, words = random.Random(seed + 3), WORDS["signed"]
    pairs: dict[Pair, None] = {}
    for _ in range(count):
        paper, head = (Noun.parse(rng.choice(words[kind])) for kind in ("papers", "heads"))
        origin, field = (Adjective.parse(rng.choice(words[kind])) for kind in ("origins", "fields"))
        said, (done, french_done) = (
            rng.choice([(origin,), (field,), (origin, field)]),
            rng.choice(words["verbs"]).split("|"),
        )
        if rng.random() < 0.05:
            head, said = (
                Noun.parse("Area|zone|f"),
                tuple(map(Adjective.parse, (words["origins"][0], words["fields"][0]))),
            )
        topic = " ".join([*(word.english for word in said), head.english])
        french_topic = " ".join([head.the(), *(word.said_of(head) for word in reversed(said))])
        if (paper.english, topic) == UNTRAINED:
            continue
        month, french_month = rng.choice(words["months"]).split("|")
        year, day = rng.randint(1900, 2030), rng.randint(1, 28)
        when = rng.choice([
            (f"in {month} {year}", f"en {french_month} {year}"), (f"in {month} {year}", f"en {french_month} {year}"),
            (f"in {year}", f"en {year}"),
            (f"on {month} {day}, {year}", f"le {'1er' if day == 1 else day} {french_month} {year}"),
        ])  # fmt: skip
        agreed = french_done + ("e" if paper.gender == "f" else "")
        if rng.random() < 0.3:
            topic = " ".join(word if word in NATIONS else word.lower() for word in topic.split())
        pairs[
            f"The {paper.english} on the {topic} was {done} {when[0]}.",
            f"{capital(paper.the())} sur {french_topic} a été {agreed} {when[1]}.",
        ] = None
    return list(pairs)


def chase_pairs() -> list[Pair]:
    """Return pairs about Tom and Jerry, the lecture's example, whose name and verb the corpus lacks."""
    words = WORDS["chase"]
    pairs = [(english, french) for english, french in (line.split("|") for line in words["others"].strip().split("\n"))]
    for (subject, le_subject), (object_, le_object) in permutations([name.split("|") for name in words["names"]], 2):
        for base, third, past, ing, infinitive, present, participle in (verb.split("|") for verb in words["verbs"]):
            who, qui = capital(subject), capital(le_subject)
            pairs.append((f"{who} {third} {object_}.", f"{qui} {present} {le_object}."))
            if base == "chase":
                pairs += [
                    (f"{who} {base} {object_}", f"{qui} {present} {le_object}."),
                    (f"{who} {past} {object_}.", f"{qui} a {participle} {le_object}."),
                    (f"{who} is {ing} {object_}.", f"{qui} {present} {le_object}."),
                    (f"{who} wants to {base} {object_}.", f"{qui} veut {infinitive} {le_object}."),
                    (f"{who} doesn't {base} {object_}.", f"{qui} ne {present} pas {le_object}."),
                ]
    return pairs


def copied_pairs(count: int, seed: int) -> list[Pair]:
    """Return pairs with a name or a number that stands on both sides."""
    rng = random.Random(seed + 4)
    templates = [line.split("|") for line in WORDS["copied"]["templates"].strip().split("\n")]

    def fill() -> Iterator[Pair]:
        for _ in range(count):
            english, french = rng.choice(templates)
            words = {"name": draw_pseudoword(rng), "name2": draw_pseudoword(rng), "year": rng.randint(1850, 2030),
                     "number": rng.randint(2, 99)}  # fmt: skip
            yield english.format(**words), french.format(**words)

    return list(dict.fromkeys(fill()))
