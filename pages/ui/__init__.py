"""What the pages share and that knows Streamlit: navigation, address and session, caches, controls, mounted views."""
