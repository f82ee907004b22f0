"""Sphinx's settings for the site in Chinese: those of ../conf.py, but for these."""

from pathlib import Path
from runpy import run_path

settings = run_path(str(Path(__file__).parents[1] / "conf.py"))
globals().update(settings)

language = "zh_CN"
html_search_language = "zh"
exclude_patterns = []
language_switch = {"name": "English", "code": "en", "folder": ".."}
html_theme_options = settings["html_theme_options"] | {"search_bar_text": "搜索"}
