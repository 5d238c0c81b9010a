"""Words of people on a page, which are shown as they are and never as Markdown."""

from podcast_core.domain.round import Round


def escape(text: str) -> str:
    """Show a text as it is, whatever Markdown would make of it."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+!|~$:<>" else letter for letter in text)


def link_site(round_: Round) -> str:
    """Name a round's site, as a link where it has an address."""
    return f"[{escape(round_.site)}]({round_.site_url})" if round_.site_url else escape(round_.site)
