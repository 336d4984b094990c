"""The studio page as the server sends it: one version of all files, and what links look like."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import Hand, post, read


def files_of(text: str) -> list[str]:
    """Return the addresses of the page's files that a text names."""
    return re.findall(r'"(/v/[^"#]+)', text)


def test_all_files_of_the_page_are_of_one_version_and_kept(client: FlaskClient) -> None:
    """The page names its version in every address; what lies there is whole and never changes."""
    page = client.get("/")
    files = set(files_of(page.text))
    (version,) = {file.split("/")[2] for file in files}

    assert page.headers["Cache-Control"] == "no-cache"
    assert "/static/" not in page.text
    assert len(files) > 50
    for file in files:
        with client.get(file) as answer:
            assert answer.status_code == 200, file
            assert "immutable" in answer.headers["Cache-Control"]
            assert "Set-Cookie" not in answer.headers
            assert answer.headers.get("Vary") is None
    (script, *_) = (file for file in files if file.endswith("main.js"))
    assert client.get(script.replace(version, "0" * len(version))).status_code == 404


def test_the_script_that_keeps_the_page_is_asked_for_anew_and_rules_the_whole_site(
    client: FlaskClient, app: Flask
) -> None:
    """From the root, revalidated each time, under the strict policy; it names all of the page."""
    script = client.get("/sw.js")

    assert script.mimetype == "text/javascript"
    assert script.headers["Cache-Control"] == "no-cache"
    policy = script.headers["Content-Security-Policy"]
    assert {"worker-src 'self'", "manifest-src 'self'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    same = client.get("/sw.js", headers={"If-None-Match": script.headers["ETag"]})
    assert same.status_code == 304
    assert set(files_of(client.get("/").text)) <= set(files_of(script.text))
    # The page itself comes out of the browser from then on; this is where a cookie can be renewed.
    assert "Set-Cookie" in app.test_client().get("/sw.js").headers


def test_keeping_the_page_can_be_switched_off(make_app: Callable[..., Flask]) -> None:
    """Without the script, browsers keep nothing and let go of what they kept."""
    assert make_app(offline_page=False).test_client().get("/sw.js").status_code == 404


def tags_of(text: str) -> dict[str, str]:
    """Read the tags of a page that other sites read, by name."""
    found = re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', text)
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize("public_url", ["", "https://paint.example"])
def test_a_shared_picture_is_seen_where_its_link_is_posted(
    make_app: Callable[..., Flask], hand: Hand, public_url: str
) -> None:
    """Title, words, and the picture by an address that anyone can fetch without a cookie."""
    app = make_app(public_url=public_url)
    client = app.test_client()
    client.get("/")
    job = read(post(client, seed="5"))
    hand.paint()
    link = read(client.post(f"{job['url']}/share"))["url"]

    visitor = app.test_client(use_cookies=False)
    page = visitor.get(link).text
    tags = tags_of(page)
    origin = public_url or "http://localhost"
    assert page.index("og:image") < page.index("</head>")
    assert {"og:title", "og:description", "og:image:alt"} <= tags.keys()
    assert tags["og:url"] == origin + link
    assert tags["twitter:card"] == "summary_large_image"
    image = visitor.get(tags["og:image"].removeprefix(origin))
    assert (image.status_code, image.mimetype) == (200, tags["og:image:type"])
    assert (tags["og:image:width"], tags["og:image:height"]) == ("64", "64")
    assert job["id"] not in page


def test_a_link_that_is_dead_tells_nothing(client: FlaskClient, app: Flask, hand: Hand) -> None:
    """Taken back or never given, and the page of a job that was not shared: the page alone."""
    job = read(post(client))
    hand.paint()
    link = read(client.post(f"{job['url']}/share"))["url"]
    client.delete(f"{job['url']}/share")

    plain = client.get("/").text
    for path in (link, "/s/aaaaaaaaaaaaaaaaaaaaaaaa", f"/s/{job['id']}"):
        assert app.test_client().get(path).text == plain


def test_a_hosts_name_cannot_write_into_the_page(
    make_app: Callable[..., Flask], hand: Hand
) -> None:
    """Where any host name is answered, one with a quote in it stays text."""
    app = make_app(trusted_proxies=1)
    client = app.test_client()
    client.get("/")
    job = read(post(client))
    hand.paint()
    link = read(client.post(f"{job['url']}/share"))["url"]

    page = client.get(link, headers={"X-Forwarded-Host": 'a"><script>x</script>'})
    assert "<script>x" not in page.text
