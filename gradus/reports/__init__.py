"""The report of a run: one page that shows what a network learned, and where it errs."""

from gradus.reports.report import LANGUAGES, Source, make_report
from gradus.reports.writing import write_report, write_run_report

__all__ = ["LANGUAGES", "Source", "make_report", "write_report", "write_run_report"]
