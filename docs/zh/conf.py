"""Sphinx's settings for the site in Chinese: those of ../conf.py, but for these."""

from pathlib import Path
from runpy import run_path

globals().update(run_path(str(Path(__file__).parents[1] / "conf.py")))

language = "zh_CN"
html_search_language = "zh"
exclude_patterns = []
language_switch = {"name": "English", "code": "en", "folder": ".."}
