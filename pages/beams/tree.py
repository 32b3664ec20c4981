"""A beam search as a tree, drawn in the browser."""

from __future__ import annotations

from typing import Any

import core
from core.spelling import spell
from pages.beams.search import handle_tree_act, position_of
from pages.ui.views import View

_BEAMS = View("beams")


def show_tree(search: core.BeamSearch, pieces: tuple[str, ...], target: str, stage: str) -> None:
    """Show a search as a tree, in which a click selects a hypothesis.

    Args:
        search: The search.
        pieces: Pieces of the selected hypothesis.
        target: Code of the target language.
        stage: Key of the container that holds the attention view.
    """
    data = tree_data(search, target) | {"chosen": position_of(search, pieces), "stage": stage}
    _BEAMS.show(data, key="beams", on_act=handle_tree_act)


def tree_data(search: core.BeamSearch, target: str) -> dict[str, Any]:
    """Return what the view is given of a search; its numbers are rounded.

    Args:
        search: The search.
        target: Code of the target language.
    """
    greedy = search.follow(search.greedy_pieces)
    return {
        "search": repr((search.model, search.source, search.beam_size, search.alpha)),
        "nodes": [
            [
                -1 if node.parent is None else node.parent,
                node.step,
                node.piece,
                round(node.log_probability, 6),
                round(node.probability, 6),
                round(node.score, 6),
                node.rank,
                node.status,
                *((label, text) if (label, text) != (node.piece, node.piece) else ()),
            ]
            for node, label, text in zip(search.nodes, search.labels, search.texts, strict=True)
        ],
        "widths": list(search.widths),
        "hypotheses": [
            {
                "node": hypothesis.node,
                "text": hypothesis.text,
                "length": hypothesis.length,
                "total": round(hypothesis.log_probability, 6),
                "score": round(hypothesis.score, 6),
            }
            for hypothesis in search.hypotheses
        ],
        "greedy": {
            "pieces": list(search.greedy_pieces),
            "texts": list(spell(search.greedy_pieces, search.byte_fallback).texts),
            "text": search.greedy_text,
            "total": round(search.greedy_log_probability, 6),
            "score": round(search.greedy_score, 6),
            "path": list(greedy),
        },
        "parts_at": search.parts_at,
        "beam_size": search.beam_size,
        "alpha": search.alpha,
        "target": target,
        "bytes": search.byte_fallback,
    }
