"""Sentence pairs, English and French, from frames of our own: above all pairs in which "it" must be resolved.

"The animal didn't cross the street because it was too tired." and "… too wide." differ in one word, and French has to
choose: « il », the animal, or « elle », the street. A frame has two nouns, the adjective fits one of them, and pronoun and
adjective agree with that noun's gender. Other pairs teach the genders, the order of adjectives in names, and to copy names.

Some pairs of nouns occur in no training pair, though each noun occurs with others, and of other pairs of nouns some
adjectives do not occur: `held_out_pairs` returns sentences of both, to measure what was learned.
"""

from __future__ import annotations

import random
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from core.training.generated import draw_pseudoword

Pair = tuple[str, str]

WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("french.toml").read_text(encoding="utf-8"))
VOWELS = "aeiouyhàâäéèêëîïôöùûüœæ"
UNSEEN_PAIRS, UNSEEN_ADJECTIVES = 0.08, 0.12
"""The shares of pairs of nouns, and of the other pairs' adjectives, that are kept out of the training pairs."""

FAMOUS = {("animal", "street"), ("trophy", "suitcase"), ("agreement", "European Economic Area")}
"""Pairs of the sentences that people try first; they are kept out as well."""


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
MEANT = {"small": "thing", "large": "thing", "container": "space", "room": "space"}
"""The adjectives of the kinds of nouns that share them."""


NATIONS = {entry.split("|")[0] for entry in WORDS["signed"]["origins"]} - {"International", "National"}
"""Words that keep their capital letter where the other words of a name are written without one."""


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
        return f"didn't {english}", f"{negated(infinitive_of(infinitive)[0].removesuffix('er') + 'ait')} pas{place}", "past"
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
    """

    pair: Pair
    nouns: tuple[Noun, Noun]
    meant: int
    adjective: str
    kind: str

    @property
    def pronoun(self) -> str:
        """The right French pronoun."""
        return self.nouns[self.meant].pronoun

    @property
    def is_decisive(self) -> bool:
        """Whether the other noun would need the other pronoun."""
        return self.nouns[0].gender != self.nouns[1].gender


def capital(sentence: str) -> str:
    """Return a sentence with a capital letter at its start."""
    return sentence[:1].upper() + sentence[1:]


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
    it = nouns[meant]
    clause = adjective.clause(it, tense, degree)
    if order == "so":  # the adjective first, and "it" is the subject
        pair = (f"The {first.english} {be} {quality}, so it {english} the {second.english}.",
                f"{capital(first.the())} {clause}, donc {first.pronoun} {french} {second.the()}.")  # fmt: skip
    else:
        pair = (f"The {first.english} {english} the {second.english} because it {be} {quality}.",
                f"{capital(first.the())} {french} {second.the()} parce qu'{it.pronoun} {clause}.")  # fmt: skip
    names = first.english, second.english
    kind = "trained"
    if is_held_out(*names, share=UNSEEN_PAIRS):
        kind = "unseen pair"
    elif is_held_out(*names, adjective.english, share=UNSEEN_ADJECTIVES):
        kind = "unseen adjective"
    return Case(pair, nouns, meant, adjective.english, kind)


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

    Cases 2 i and 2 i + 1 differ in the adjective alone: it is said of the first noun, then of the second. So each pronoun,
    and each of the two nouns, is the right one in half of the cases. The first half are unseen pairs of nouns; in the
    other half, both adjectives are unseen with the pair.
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
        said, (done, french_done) = rng.choice([(origin,), (field,), (origin, field)]), rng.choice(words["verbs"]).split("|")
        if rng.random() < 0.05:
            head, said = Noun.parse("Area|zone|f"), tuple(map(Adjective.parse, (words["origins"][0], words["fields"][0])))
        topic = " ".join([*(word.english for word in said), head.english])
        french_topic = " ".join([head.the(), *(word.said_of(head) for word in reversed(said))])
        if (paper.english, topic) in FAMOUS:
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


def generated_pairs(counts: Mapping[str, int], seed: int) -> dict[str, list[Pair]]:
    """Return all generated pairs by source; `counts` is how many are drawn for each but "lecture"."""
    generators = {"pronouns": pronoun_pairs, "genders": gender_pairs, "signed": signed_pairs, "copied": copied_pairs}
    pairs = {name: generate(counts[name], seed) for name, generate in generators.items()}
    return {**pairs, "lecture": chase_pairs()}
