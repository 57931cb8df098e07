"""Where the book is published: all outside addresses, derived from the repository's.

A site with a name of its own sets ``html: baseurl`` in ``_config.yml``; otherwise it is GitHub's
address for a project's pages.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

BINDER = "https://mybinder.org/v2/gh"
COLAB = "https://colab.research.google.com/github"
#: The branch that holds the built site; .github/workflows/publish.yml writes it.
PUBLISHED = "gh-pages"


def setup(app: Sphinx) -> None:
    """Set the site's address, unless ``_config.yml`` has one."""
    app.connect("config-inited", _set_baseurl)


def _set_baseurl(app: Sphinx, config: Config) -> None:
    config.html_baseurl = config.html_baseurl.rstrip("/") or pages(repository(config))
    config.html_baseurl += "/"


def repository(config: Config) -> str:
    """Return the repository's address, without a slash at the end."""
    return str(config.html_theme_options.get("repository_url", "")).rstrip("/")


def pages(address: str) -> str:
    """Return where GitHub publishes a repository's pages, without a slash at the end.

    >>> pages("https://github.com/Someone/a-book")
    'https://someone.github.io/a-book'
    >>> pages("https://github.com/someone/someone.github.io")
    'https://someone.github.io'
    """
    owner, name = _owner_and_name(address)
    host = f"{owner.lower()}.github.io"
    return f"https://{host}" if name.lower() == host else f"https://{host}/{name}"


def binder(config: Config, path: str) -> str:
    """Return the address that opens a file of the repository in JupyterLab, on Binder."""
    owner, name = _owner_and_name(repository(config))
    branch = config.html_theme_options["repository_branch"]
    return f"{BINDER}/{owner}/{name}/{branch}?urlpath=lab/tree/{path}"


def colab(config: Config, path: str) -> str:
    """Return the address that opens a file of the published site in Colab."""
    owner, name = _owner_and_name(repository(config))
    return f"{COLAB}/{owner}/{name}/blob/{PUBLISHED}/{path}"


def _owner_and_name(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    names = parts.path.strip("/").removesuffix(".git").split("/")
    if parts.netloc != "github.com" or len(names) != 2:
        raise ConfigError(
            f"repository.url in _config.yml must be https://github.com/OWNER/NAME, not {address!r}"
        )
    return names[0], names[1]
