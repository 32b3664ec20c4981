"""A page of Streamlit with one picture and nothing else, which the openings of our pages are compared with.

Its address has a path, as theirs have: Streamlit asks for its server below the path first, and a tenth of a second later at
the root.
"""

import streamlit as st

picture = st.components.v2.component(
    "picture",
    html="<div></div>",
    js="""export default function ({ parentElement }) {
  const box = parentElement.querySelector("div");
  box.style.height = "300px";
  box.textContent = "a picture";
}""",
)


def page() -> None:
    picture(key="picture")
    st.write("And a text.")


st.navigation(
    [st.Page(lambda: None, title="first", default=True), st.Page(page, url_path="empty")], position="hidden"
).run()
