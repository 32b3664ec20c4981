"""Training page: a small Transformer that learns while one watches, and how the shipped models have learnt."""

from pages.training.fields import FIELDS, PARTS
from pages.training.live import show_live
from pages.training.race import show_race
from pages.training.recorded import show_recorded
from pages.training.schedule import show_schedule
from pages.ui import lecture
from pages.ui.controls import show_broken_link

lecture.begin("training")
part = lecture.choose_part("training", "training_part", PARTS)
{"live": show_live, "race": show_race, "recorded": show_recorded, "schedule": show_schedule}[part]()
show_broken_link()
lecture.end("training", FIELDS)
