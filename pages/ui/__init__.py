"""Code that several pages share and that uses Streamlit: navigation, address, session, caches, controls, views."""
