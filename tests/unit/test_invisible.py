"""Invisible characters are refused, but for those that a script, an emoji or a flag needs."""

import pytest

from core.errors import ControlCharacterError
from core.spelling import IN_CONTEXT, INVISIBLE, find_invisible
from core.text import clean

REFUSED = {
    "soft hyphen": "trans\u00adlate",
    "left-to-right mark": "Tom\u200e runs",
    "right-to-left mark": "Tom\u200f runs",
    "Arabic letter mark": "\u061cTom",
    "grapheme joiner": "e\u034f\u0301",
    "Hangul filler": "\u3164Tom",
    "halfwidth Hangul filler": "Tom\uffa0",
    "Hangul choseong filler": "\u115f",
    "Khmer inherent vowel": "ក\u17b4",
    "Mongolian vowel separator": "ᠠ\u180e",
    "zero-width space": "Tom\u200bchases",
    "word joiner": "Tom\u2060",
    "invisible times": "2\u2062x",
    "inhibit symmetric swapping": "\u206a",
    "byte order mark": "\ufeffTom",
    "interlinear annotation": "\ufff9Tom",
    "braille blank": "Tom\u2800runs",
    "musical beam": "\U0001d173",
    "tag without a flag": "Tom\U000e0041",
    "language tag": "\U000e0001",
    "noncharacter": "Tom\uffff",
    "noncharacter of another plane": "Tom\U0001fffe",
    "reserved ignorable": "\U000e0fff",
    "variation selector after a letter": "a\ufe0f",
    "variation selector at the beginning": "\ufe0fTom",
    "two variation selectors": "❤\ufe0f\ufe0f",
    "supplementary selector after a letter": "a\U000e0100",
    "joiner after a Latin letter": "Tom\u200d",
    "joiner between Chinese characters": "汤\u200d姆",
    "non-joiner in English": "Tom\u200cchases",
    "joiner at the beginning": "\u200dTom",
    "joiner after an emoji before a letter": "👨\u200da",
    "Mongolian selector after a letter": "a\u180b",
}
KEPT = {
    "family": "👨\u200d👩\u200d👧\u200d👦",
    "woman with a skin tone and a laptop": "👩🏽\u200d💻",
    "rainbow flag": "🏳\ufe0f\u200d🌈",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "red heart": "I ❤\ufe0f you",
    "text heart": "❤\ufe0e",
    "keycap": "1\ufe0f\u20e3",
    "copyright": "©\ufe0f",
    "flag of Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "flag of China": "🇨🇳",
    "Persian": "می\u200cخواهم",
    "Hindi": "क्\u200dष",
    "Malayalam": "ന്\u200d",
    "Chinese variant": "葛\U000e0100",
    "Chinese standard variant": "㐂\ufe00",
    "Mongolian": "ᠠ\u180b",
    "combining": "q\u0303",
    "Arabic number sign": "\u0600",
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_invisible_character_that_is_not_needed_is_refused_with_its_place(name):
    text = REFUSED[name]
    with pytest.raises(ControlCharacterError) as caught:
        clean(text, "en")
    at = caught.value.values["position"] - 1
    assert caught.value.values["code"] == f"U+{ord(text[at]):04X}"
    assert text[at] in INVISIBLE | IN_CONTEXT


@pytest.mark.parametrize("name", KEPT)
def test_an_invisible_character_that_is_needed_is_kept(name):
    assert find_invisible(KEPT[name]) is None
    assert clean(KEPT[name], "en") == KEPT[name]


def test_the_first_of_several_is_named():
    assert find_invisible("a\u00adb\u200e") == 1
    assert find_invisible("❤\ufe0f a\ufe0f") == 4
