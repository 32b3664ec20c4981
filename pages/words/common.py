"""Code that several parts of the page share."""

from pages.ui import lecture
from pages.words.fields import FIELDS

page_part = lecture.part(FIELDS)
