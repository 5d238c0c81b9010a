"""The Streamlit pages: widgets and calls of services, no rules."""
