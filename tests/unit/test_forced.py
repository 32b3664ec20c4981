"""An output that is given, as a text or piece by piece: what it scores, and what no output can be."""

import numpy as np
import pytest

from core.errors import OptionError, TextTooLongError, UnknownTargetError
from core.intervention import Intervention

SENTENCE = "Where is Jerry?"


def test_a_forced_translation_that_it_would_not_write_is_less_probable(taught):
    forced = taught.translate(SENTENCE, target="汤姆追逐杰瑞。")
    assert forced.text == "汤姆追逐杰瑞。"
    assert forced.log_probability < taught.translate(SENTENCE).log_probability - 1


def test_a_forced_target_may_be_as_long_as_the_model_allows_and_no_longer(tiny):
    trace = tiny.translate("Tom chases Jerry.", target="杰瑞" * 39)
    assert trace.decoder_self.shape[-1] == 40
    with pytest.raises(TextTooLongError):
        tiny.translate("Tom chases Jerry.", target="杰瑞" * 40)


def test_pieces_that_are_given_as_the_target_are_taken_as_they_are(taught):
    whole = taught.translate(SENTENCE)
    assert taught.translate(SENTENCE, target=list(whole.output_pieces)) == taught.translate(
        SENTENCE, target=whole.output_pieces
    )
    cut = taught.translate(SENTENCE, target=whole.output_pieces[:-1])
    assert cut.output_pieces == whole.output_pieces[:-1]
    assert not cut.finished
    np.testing.assert_allclose(cut.cross, whole.cross[:, :, :-1], atol=1e-6)
    names = taught.target_tokenizer.pieces
    single = next(name for name in names if len(name) > 1 and all(character in names for character in name))
    divided = taught.translate(SENTENCE, target=[*single, "</s>"])
    assert divided.output_pieces == (*single, "</s>")
    assert divided.text == taught.translate(SENTENCE, target=[single, "</s>"]).text == single
    assert taught.translate(SENTENCE, target=single).output_pieces == (single, "</s>")  # as a text it is one piece


def test_a_forced_piece_replaces_one_that_is_given(taught):
    whole = taught.translate(SENTENCE)
    forced = Intervention(forced={0: "汤姆"})
    changed = taught.translate(SENTENCE, target=whole.output_pieces, intervention=forced)
    assert changed.output_pieces == ("汤姆", *whole.output_pieces[1:])
    same = Intervention(forced={0: whole.output_pieces[0]})
    assert taught.translate(SENTENCE, target=whole.output_pieces, intervention=same).intervention is None


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (("汤姆", "dog"), UnknownTargetError), (["\ud83d"], UnknownTargetError), ([""], UnknownTargetError),
        (("▁",), UnknownTargetError), ((), OptionError), (("</s>", "汤姆"), OptionError), (("汤姆", 5), OptionError),
        ({"汤姆"}, OptionError), (5, OptionError), (b"x", OptionError), (("汤姆",) * 41, TextTooLongError),
    ],
    ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_what_no_output_can_be_is_refused(taught, target, error):
    with pytest.raises(error) as caught:
        taught.translate(SENTENCE, target=target)
    assert str(caught.value).encode()
    if error is OptionError:
        assert caught.value.values["name"] == "target"


def test_characters_of_a_target_that_were_never_seen_are_named_once_each(tiny):
    with pytest.raises(UnknownTargetError) as caught:
        tiny.translate("Tom chases Jerry.", target="汤姆龘杰瑞☃汤姆龘。")
    assert caught.value.values == {"characters": "龘 ☃"}
