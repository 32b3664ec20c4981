"""What the pages share and that knows Streamlit: the door, words, loaders, state, controls, the stage."""
