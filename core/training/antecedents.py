"""Sentence pairs, English and French, in which "it" must be resolved.

"The animal didn't cross the street because it was too tired." and "… too wide." differ in one word, and French has to
choose: « il », the animal, or « elle », the street. A frame has two nouns, the adjective fits one of them, and pronoun
and adjective agree with that noun's gender.

Some pairs of nouns occur in no training pair, though each noun occurs with others, and of other pairs of nouns some
adjectives do not occur: `held_out_cases` returns sentences of both, to measure what was learned.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

from core.training.french import ADJECTIVES, NOUNS, VOWELS, WORDS, Adjective, Noun, Pair, capital

UNSEEN_PAIRS, UNSEEN_ADJECTIVES = 0.08, 0.12
"""The shares of pairs of nouns, and of the other pairs' adjectives, that are kept out of the training pairs."""

FAMOUS = {("animal", "street"), ("trophy", "suitcase")}
"""Pairs of nouns of the sentences that people try first; they are kept out as well."""

MEANT = {"small": "thing", "large": "thing", "container": "space", "room": "space"}
"""The adjectives of the kinds of nouns that share them."""


def is_held_out(*words: str, share: float) -> bool:
    """Return whether words belong to the share that is kept out of training: the same for every seed and run."""
    return words in FAMOUS or zlib.crc32("|".join(words).encode()) % 1000 < 1000 * share


def negated(verb: str) -> str:
    """Return « n' » or « ne » and the verb."""
    return f"n'{verb}" if verb[0] in VOWELS else f"ne {verb}"


def infinitive_of(verb: str) -> tuple[str, str]:
    """Return a French verb and the words after it: « sauter », « par-dessus »."""
    first, _, rest = verb.partition(" ")
    return first, rest


def predicate(verb: str, noun: Noun, form: str) -> tuple[str, str, str]:
    """Return what a frame says that a noun does not do.

    Args:
        verb: The verb, an entry of french.toml.
        noun: The subject.
        form: "did", "could", "does", "will" or "want".

    Returns:
        English, French, and the tense of the clause that follows.
    """
    english, infinitive, participle, present, future, *kind = verb.split("|")
    present, place = infinitive_of(present)
    place = f" {place}" if place else ""
    if form == "could":
        return f"couldn't {english}", f"n'a pas pu {infinitive}", "past"
    if form == "want":
        return f"didn't want to {english}", f"ne voulait pas {infinitive}", "past"
    if form == "does":
        return f"doesn't {english}", f"{negated(present)} pas{place}", "present"
    if form == "will":
        return f"won't {english}", f"{negated(infinitive_of(future)[0])} pas{place}", "present"
    if kind == ["imparfait"]:  # a state, not an event: « ne rentrait pas »
        return (
            f"didn't {english}",
            f"{negated(infinitive_of(infinitive)[0].removesuffix('er') + 'ait')} pas{place}",
            "past",
        )
    if kind == ["être"]:
        agreed = infinitive_of(participle)[0] + ("e" if noun.gender == "f" else "")
        return f"didn't {english}", f"n'est pas {agreed}{place}", "past"
    return f"didn't {english}", f"n'a pas {participle}", "past"


LONG_FORMS = {"didn't": "did not", "couldn't": "could not", "doesn't": "does not", "won't": "will not"}


@dataclass(frozen=True)
class Case:
    """A sentence in which "it" must be resolved, and its translation.

    Attributes:
        pair: English and French.
        nouns: Both nouns, the subject first.
        meant: Which of the nouns "it" stands for, 0 or 1.
        adjective: The English adjective, which decides that.
        kind: "trained", "unseen pair" or "unseen adjective".
        wrong: The French sentence in which "it" is the other noun.
    """

    pair: Pair
    nouns: tuple[Noun, Noun]
    meant: int
    adjective: str
    kind: str
    wrong: str

    @property
    def pronoun(self) -> str:
        """The right French pronoun."""
        return self.nouns[self.meant].pronoun

    @property
    def is_decisive(self) -> bool:
        """Whether the other noun would need the other pronoun."""
        return self.nouns[0].gender != self.nouns[1].gender


def build_case(verb: str, nouns: tuple[Noun, Noun], meant: int, adjective: Adjective, style: tuple[str, ...]) -> Case:
    """Return the case of a frame.

    Args:
        verb: The frame's verb, an entry of french.toml.
        nouns: Both nouns.
        meant: The noun that the adjective is said of.
        adjective: The adjective.
        style: The form of the verb, "short" or "long" for contractions, "too" or "very" or "", and "because" or "so".
    """
    form, length, degree, order = style
    first, second = nouns
    english, french, tense = predicate(verb, first, form)
    if length == "long":
        short = english.split(" ")[0]
        english = english.replace(short, LONG_FORMS[short], 1)
    be = "was" if tense == "past" else "is"
    quality = f"{degree} {adjective.english}".strip()

    def translate(it: Noun) -> str:
        clause = adjective.clause(it, tense, degree)
        if order == "so":  # the adjective first, and "it" is the subject
            return f"{capital(first.the())} {clause}, donc {it.pronoun} {french} {second.the()}."
        return f"{capital(first.the())} {french} {second.the()} parce qu'{it.pronoun} {clause}."

    source = f"The {first.english} {english} the {second.english} because it {be} {quality}."
    if order == "so":
        source = f"The {first.english} {be} {quality}, so it {english} the {second.english}."
    names = first.english, second.english
    kind = "trained"
    if is_held_out(*names, share=UNSEEN_PAIRS):
        kind = "unseen pair"
    elif is_held_out(*names, adjective.english, share=UNSEEN_ADJECTIVES):
        kind = "unseen adjective"
    pair = source, translate(nouns[meant])
    return Case(pair, nouns, meant, adjective.english, kind, translate(nouns[1 - meant]))


def said_of(kind: str) -> list[Adjective]:
    """Return the adjectives that fit nouns of a kind."""
    return ADJECTIVES[MEANT.get(kind, kind)]


def draw_case(rng: random.Random, style: tuple[str, ...] | None = None) -> Case:
    """Return a random case, in a random style if none is given."""
    frame = rng.choice(WORDS["frames"])
    kinds = rng.choice(frame["first"]), rng.choice(frame["second"])
    nouns = rng.choice(NOUNS[kinds[0]]), rng.choice(NOUNS[kinds[1]])
    meant = rng.randrange(2)
    if style is None:
        form = rng.choice(["did", "did", "could", "could", "does", "will", "want"])
        if form == "want" and kinds[0] != "animal":
            form = "did"
        order = "so" if meant == 0 and rng.random() < 0.15 else "because"
        style = form, rng.choice(["short", "short", "long"]), rng.choice(["too", "too", "too", "very", ""]), order
    return build_case(rng.choice(frame["verbs"]), nouns, meant, rng.choice(said_of(kinds[meant])), style)


def pronoun_pairs(count: int, seed: int) -> list[Pair]:
    """Return this many random pairs, duplicates included but dropped, without those that are held out."""
    rng = random.Random(seed)
    cases = (draw_case(rng) for _ in range(count))
    return list(dict.fromkeys(case.pair for case in cases if case.kind == "trained"))


def held_out_cases(count: int, seed: int) -> list[Case]:
    """Return cases that are held out, the nouns of different genders, as minimal pairs.

    Cases 2 i and 2 i + 1 differ in the adjective alone: it is said of the first noun, then of the second. So each
    pronoun, and each of the two nouns, is the right one in half of the cases. The first half are unseen pairs of nouns;
    in the other half, both adjectives are unseen with the pair.
    """
    rng = random.Random(seed + 1)
    cases: dict[str, list[Case]] = {"unseen pair": [], "unseen adjective": []}
    seen: set[tuple[str, ...]] = set()
    while any(len(found) < count // 2 for found in cases.values()):
        frame = rng.choice(WORDS["frames"])
        kinds = rng.choice(frame["first"]), rng.choice(frame["second"])
        nouns = rng.choice(NOUNS[kinds[0]]), rng.choice(NOUNS[kinds[1]])
        verb = rng.choice(frame["verbs"])
        style = rng.choice(["did", "did", "could"]), "short", "too", "because"
        pair = [build_case(verb, nouns, meant, rng.choice(said_of(kinds[meant])), style) for meant in (0, 1)]
        names = nouns[0].english, nouns[1].english
        kind = pair[0].kind
        if not pair[0].is_decisive or kind != pair[1].kind or kind == "trained" or names in seen:
            continue
        if len(cases[kind]) < count // 2:
            seen.add(names)
            cases[kind] += pair
    return [*cases["unseen pair"], *cases["unseen adjective"]]
