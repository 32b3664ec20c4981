"""The files for a public server agree with the app, with Streamlit and with each other."""

import re
from pathlib import Path

import pytest
from streamlit import config

from pages.app import visitors
from pages.training import live

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / ".deploy"
FILES = {path.name: path.read_text(encoding="utf-8") for path in DEPLOY.iterdir()}
SETTINGS = dict(line.split("=", 1) for line in FILES["public.env"].splitlines() if line and not line.startswith("#"))


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_a_public_server_is_one_that_streamlit_or_the_app_reads(name):
    known = {
        "STREAMLIT_" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\.", "_", key).upper() for key in config.get_config_options()
    }
    assert name in known | {visitors.SETTING, live.SETTING}


def test_the_limit_on_visitors_is_one_that_the_app_takes(monkeypatch):
    monkeypatch.setenv(visitors.SETTING, SETTINGS[visitors.SETTING])
    assert visitors.limit() == int(SETTINGS[visitors.SETTING])


def test_every_file_that_the_image_takes_is_there():
    for source in re.findall(r"^COPY (\S+) ", FILES["Dockerfile"], re.MULTILINE):
        assert (ROOT / source).exists(), source
    assert "# Training" in (ROOT / "requirements.txt").read_text(encoding="utf-8")  # where the image's list ends


def test_compose_and_kubernetes_say_what_nginx_says():
    conf = FILES["nginx.conf"]
    for replaced in re.findall(r"s/([^/]+)/", FILES["compose.yaml"]):
        assert replaced in conf, replaced
    assert "/_stcore/health" in conf
    assert FILES["kubernetes.yaml"].count("/_stcore/health") == 2
    assert "session-cookie-name: headlight" in FILES["kubernetes.yaml"]
    assert "$cookie_headlight" in conf
    assert "error timeout http_502 http_503" in conf
    assert "error timeout http_502 http_503" in FILES["kubernetes.yaml"]
