"""Code that several parts of the page share."""

from pages.training.fields import FIELDS
from pages.ui import lecture

page_part = lecture.part(FIELDS)
