"""A page of Streamlit with one picture and nothing else, which the openings of our pages are compared with."""

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
picture(key="picture")
st.write("And a text.")
