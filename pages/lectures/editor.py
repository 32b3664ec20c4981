"""The editor: the states of the visitor's lecture, what each of them hides, and the lecture as a link or as a file."""

from __future__ import annotations

import streamlit as st

from core import lecture as lectures
from core.errors import LectureError
from core.lecture import PARTS, Lecture
from pages.lectures import draft, mode, offline
from pages.lectures.fields import LONGEST, pages
from pages.lectures.share import show_qr
from pages.ui import navigation
from pages.ui.catalogue import LANGUAGES, error_text, language, plain, t

PRESENTABLE = ("translate", "compare")
"""Pages whose attention view can fill the window."""

MEGABYTES = 1
"""Limit of a file, which `lectures.open.limit` names."""

UPLOADER = """
<style>
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; } /* it stays the button's name for screen readers */
[data-testid="stFileUploaderDropzone"] button p::before { content: "CHOOSE"; font-size: 0.9rem; }
[data-testid="stFileUploaderDropzoneInstructions"] > div { display: none; }
[data-testid="stFileUploaderDropzoneInstructions"]::after { content: "LIMIT"; font-size: 0.9rem; }
</style>
"""
"""Streamlit's words are English in every language."""


def show_editor() -> None:
    """Show the visitor's lecture, or how to begin one, and a place for a file."""
    lecture = draft.current()
    if lecture is None:
        st.markdown(t("lectures.how"))
    else:
        _show_lecture(lecture)
    if error := st.session_state.pop("_lecture_error", None):
        st.warning(error_text(error))
    st.html(UPLOADER.replace("CHOOSE", t("lectures.open.choose")).replace("LIMIT", t("lectures.open.limit")))
    st.file_uploader(t("lectures.open"), "json", key="_lecture_file", max_upload_size=MEGABYTES, on_change=_open_file)


def _open_file() -> None:
    """Open the file that was chosen, as a callback."""
    file = st.session_state["_lecture_file"]
    if file is None:
        return
    try:
        draft.keep(lectures.from_json(file.getvalue(), pages(), LANGUAGES))
    except LectureError as error:
        st.session_state["_lecture_error"] = error


def _show_lecture(lecture: Lecture) -> None:
    st.session_state["_draft_title"], st.session_state["_draft_language"] = lecture.title, lecture.language
    title, choice, give = st.columns([6, 3, 2], vertical_alignment="bottom")
    title.text_input(
        t("lectures.lecture_title"),
        key="_draft_title",
        max_chars=draft.LONGEST_NAME,
        on_change=lambda: draft.save(title=draft.clean(st.session_state["_draft_title"]) or lecture.title),
    )
    choice.selectbox(
        t("lectures.language"),
        (None, *LANGUAGES),
        format_func=lambda code: LANGUAGES[code] if code else t("lectures.language.any"),
        key="_draft_language",
        placeholder=t("lectures.language.any"),  # Streamlit's own is English
        on_change=lambda: draft.save(language=st.session_state["_draft_language"]),
    )
    text = st.session_state["draft"]
    give.button(t("lectures.give"), key="give-own", on_click=mode.start, args=(text,), width="stretch")
    listed, selected = st.columns([3, 4], gap="medium")
    with listed:
        at = _choose_state(lecture)
    with selected.container(border=True):
        _show_state(lecture, at)
    _show_exports(lecture, text)


def _choose_state(lecture: Lecture) -> int:
    """Show the list of states and return the index of the selected one."""
    count = len(lecture.states)
    st.session_state["_draft_at"] = min(st.session_state.get("_draft_at") or 0, count - 1)
    st.radio(
        t("lectures.states"),
        range(count),
        format_func=lambda at: f"{at + 1}. {plain(lecture.states[at].name)}" if at < count else "",
        key="_draft_at",
    )
    return st.session_state["_draft_at"]


def _show_state(lecture: Lecture, at: int) -> None:
    """Show the controls of one state."""
    state = lecture.states[at]
    last = len(lecture.states) - 1
    held = {"_draft_name": state.name, "_draft_hidden": [*state.hidden], "_draft_presentation": state.presentation}
    st.session_state.update(held)
    st.text_input(
        t("lectures.name"),
        key="_draft_name",
        max_chars=draft.LONGEST_NAME,
        on_change=lambda: draft.set_state(at, name=draft.clean(st.session_state["_draft_name"]) or state.name),
    )
    st.pills(
        t("lectures.hidden"),
        PARTS,
        selection_mode="multi",
        format_func=lambda part: t(f"lectures.part.{part}"),
        key="_draft_hidden",
        on_change=lambda: draft.set_state(at, hidden=tuple(st.session_state["_draft_hidden"])),
    )
    if state.page in PRESENTABLE:
        st.toggle(
            t("lectures.presentation"),
            key="_draft_presentation",
            on_change=lambda: draft.set_state(at, presentation=st.session_state["_draft_presentation"]),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("lectures.up"), key="state-up", disabled=at == 0, on_click=draft.move, args=(at, -1))
        st.button(t("lectures.down"), key="state-down", disabled=at == last, on_click=draft.move, args=(at, 1))
        st.button(t("lectures.remove"), key="state-remove", on_click=draft.remove, args=(at,))
        st.page_link(f"pages/{state.page}.py", label=t("lectures.look"), query_params=state.query)


def _show_exports(lecture: Lecture, text: str) -> None:
    """Show the lecture's link, its QR code, and its files."""
    st.markdown(f"**{t('lectures.link')}**")
    link = navigation.link("lectures", {"lecture": text})
    if len(text) > LONGEST:
        st.info(t("lectures.link.long", length=f"{len(text):,}", limit=f"{LONGEST:,}"))
    else:
        st.code(link, language=None, wrap_lines=True)
    if missing := offline.missing(lecture):
        st.caption(t("lectures.offline.missing", states=", ".join(map(str, missing))))
    app_language = language()
    with st.container(horizontal=True):
        if len(text) <= LONGEST:
            with st.popover(t("lectures.qr"), width="content"):
                show_qr(link, st.container(), st.container())
        st.download_button(
            t("lectures.file"), lectures.to_json(lecture, 1), "lecture.json", "application/json", key="lecture-json", on_click="ignore"
        )  # fmt: skip
        st.download_button(
            t("lectures.html"), lambda: offline.page(lecture, app_language), "lecture.html", "text/html", key="lecture-html", on_click="ignore"
        )  # fmt: skip
        st.button(t("lectures.clear"), key="lecture-clear", type="tertiary", on_click=draft.keep, args=(None,))
