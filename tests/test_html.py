"""What notebooks show: escaped, accessible, without anything that runs or is fetched."""

import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from conftest import make_texts
from whichcode import Contribution, Detection, Explanation
from whichcode.evaluation.audit import audit

ALLOWED = {"caption", "code", "details", "div", "li", "p", "span", "strong", "summary", "table"}
ALLOWED |= {"tbody", "td", "th", "thead", "tr", "ul"}
NASTY = "<script>alert('&')</script>\"x"


class Page(HTMLParser):
    """Reads HTML strictly: every tag is closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag == "span" and "span" not in self.open:
            # A bar: it says nothing that is not written beside it.
            assert dict(attributes)["aria-hidden"] == "true"
        self.open.append(tag)
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        assert "span" not in self.open
        self.texts.append(data)

    def text(self):
        return "\n".join(self.texts)

    def rows(self):
        return sum(1 for tag, _ in self.tags if tag == "tr")


def checked(html):
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag in ALLOWED
        assert set(attributes) <= {"style", "scope", "aria-hidden"}
        style = attributes.get("style", "")
        assert "url" not in style
        # The colours of the page alone: nothing that a dark page would hide.
        assert "#" not in style
        assert "rgb" not in style
        if "background:currentColor" in style:
            assert "opacity" in style
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    return page


def test_a_detection():
    page = checked(Detection("python", 0.875, (("python", 0.875), ("ruby", 0.125)))._repr_html_())
    assert page.texts == ["python, 87.5 %", "language", "probability", "python", "87.5 %", "ruby", "12.5 %"]


def test_no_answer():
    assert "blank" in checked(Detection(None, 0.0, ())._repr_html_()).text()
    page = checked(Detection(None, 0.4, (("python", 0.4), ("ruby", 0.3)))._repr_html_())
    assert page.texts[0] == "No answer: 40.0 % is less than was asked for"


def test_a_real_answer_has_bars_of_its_probabilities(mini_detector):
    detection = mini_detector.detect("total stop")
    html = detection._repr_html_()
    checked(html)
    widths = [float(part.split("em", 1)[0]) for part in html.split(";width:")[1:]]
    assert widths == pytest.approx([8 * p for _, p in detection.candidates], abs=0.01)


def test_names_and_features_are_escaped():
    detection = Detection(NASTY, 0.6, ((NASTY, 0.6), ("b", 0.4)))
    explanation = Explanation(detection, NASTY, "b", 1.0, 0.5, (Contribution(NASTY, 1, 0.5),))
    for shown in (detection, explanation):
        html = shown._repr_html_()
        assert "<script" not in html
        assert "<script>alert('&')</script>" in checked(html).text()


def test_an_explanation(mini_detector):
    text = make_texts("wordy", 1)[0]
    explanation = mini_detector.explain(text)
    page = checked(explanation._repr_html_())
    assert len(explanation.contributions) > 20
    # A heading, twenty features, the others together, and what was there before.
    assert page.rows() == 23
    assert page.texts[0].startswith("wordy rather than ")
    assert f"{len(explanation.contributions) - 20} other features" in page.texts
    added = [float(t) for t in page.texts if t[0] in "+-" and t[1:].replace(".", "").isdigit()]
    assert sum(added) == pytest.approx(explanation.log_odds, abs=0.15)


def test_a_report(mini_detector, mini_corpus):
    from whichcode.corpus import read_corpora
    from whichcode.evaluation.conditions import parse_lengths
    from whichcode.evaluation.evaluate import evaluate

    documents = read_corpora([mini_corpus]).documents
    report = evaluate(mini_detector, documents, parse_lengths("1,file"), draws=2)
    page = checked(report._repr_html_())
    for c in report["conditions"]:
        assert f"{100 * c['macro_recall']['expected']:.1f} %" in page.texts
    assert {"apl-ish", "tagged", "wordy"} <= set(page.texts)
    assert "33.3 %" in page.texts  # chance
    report["conditions"][0]["headline"] = False
    report["model"]["id"] = NASTY
    page = checked(report._repr_html_())
    assert "refused" in page.texts
    assert NASTY in page.text()


def test_an_audit():
    # Half of the rows are all zeros: ties decide.
    scores = np.zeros((100, 4))
    scores[:50, 1] = 1
    labels = np.ones(100, dtype=int)
    page = checked(audit(scores, labels, reported_accuracy=1.0)._repr_html_())
    assert "Do not trust the reported accuracy" in page.texts[0]
    assert {"100.0 %", "50.0 %", "62.5 %"} <= set(page.texts)
    assert "flat-rows" in page.text()
    fine = checked(audit(np.eye(4)[[0, 1, 2, 3] * 5], np.array([0, 1, 2, 3] * 5))._repr_html_())
    assert "Nothing speaks against" in fine.texts[0]


def test_what_notebooks_show_is_imported_when_they_ask():
    code = (
        "import sys, whichcode; d = whichcode.detect('x = 1'); "
        "assert not {'whichcode.display', 'html'} & set(sys.modules); "
        "d._repr_html_(); assert 'whichcode.display' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
