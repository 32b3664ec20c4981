"""Figures page: the pictures of attention that everybody knows, each made here by a trained model."""

from pages.figures.alignment import show_alignment
from pages.figures.anaphora import show_anaphora, show_distance
from pages.figures.fields import FIELDS, PARTS
from pages.figures.growth import show_growth
from pages.figures.pronoun import show_pronoun
from pages.ui import lecture
from pages.ui.controls import show_broken_link

lecture.begin("figures")
part = lecture.choose_part("figures", "figures_part", PARTS)
if part == "growth":
    show_growth(*lecture.run("figures"))
else:
    show = {
        "alignment": show_alignment, "pronoun": show_pronoun, "distance": show_distance, "anaphora": show_anaphora
    }  # fmt: skip
    show[part]()
show_broken_link()
lecture.end("figures", FIELDS)
