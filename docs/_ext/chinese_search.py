"""Search in Chinese, which puts no spaces between words: every two neighbouring characters are a term.

Sphinx's own splits pages into words by a dictionary, but leaves what a reader types whole, so that it finds only what
happens to be one word. Pairs of characters are the usual way out (Lucene's CJKAnalyzer).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

HAN = "一-鿿"
RUN = re.compile(rf"[{HAN}]+|[^\W{HAN}]+")


def terms(text: str) -> Iterator[str]:
    """Words of other scripts, Chinese characters, and pairs of them."""
    for run in RUN.findall(text):
        if re.match(f"[{HAN}]", run):
            yield from run
            yield from map("".join, pairwise(run))
        else:
            yield run


class SearchChinese(SearchEnglish):
    """English words as in English, and pairs of Chinese characters."""

    lang = "zh"
    js_splitter_code = r"""
    var splitQuery = (query) =>
      (query.match(/[HAN]+|(?:(?![HAN])[\p{Letter}\p{Number}_])+/gu) || []).flatMap((run) =>
        /[HAN]{2}/.test(run) ? Array.from(run.slice(1), (character, i) => run[i] + character) : [run]
      );
    """.replace("HAN", HAN)

    def split(self, input: str) -> list[str]:
        return list(terms(input))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_search_language(SearchChinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
