"""Ridge regression in closed form: how well a number can be read linearly from vectors, measured on sentences apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""The penalties to choose from, as shares of the mean variance of the features."""

FOLDS = 5
"""The number of parts into which sentences are split; each is predicted by a fit to all others."""


class Ridge(NamedTuple):
    """A linear map from vectors to a number.

    Attributes:
        weights: float64 (features,).
        intercept: The prediction for the zero vector.
    """

    weights: np.ndarray
    intercept: float

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the predictions for vectors (rows, features), float64 (rows,)."""
        return x @ self.weights + self.intercept


def fit(x: np.ndarray, y: np.ndarray, penalty: float) -> Ridge:
    """Minimize the sum of (y - x w - b)² plus lambda w · w, where lambda = penalty · rows · mean variance of a feature.

    The intercept b is not penalized.

    Args:
        x: Vectors (rows, features).
        y: Numbers (rows,).
        penalty: At least 0.

    Source:
        Hoerl and Kennard 1970, "Ridge Regression".
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    centre, mean = x.mean(0), y.mean()
    centred = x - centre
    gram = centred.T @ centred
    strength = penalty * np.trace(gram) / len(gram)
    target = centred.T @ (y - mean)
    if strength > 0:
        weights = np.linalg.solve(gram + strength * np.eye(len(gram)), target)
    else:  # features may depend on each other, and the least weights are one of many solutions
        weights = np.linalg.lstsq(gram, target, rcond=None)[0]
    return Ridge(weights, float(mean - centre @ weights))


class HeldOut(NamedTuple):
    """How well a number is predicted on sentences that the fit has not seen.

    Attributes:
        error: Mean absolute error.
        baseline: The same of always predicting the mean of the sentences of the fit.
        r2: 1 - squared error / squared error of that baseline; 0 is no better than it.
    """

    error: float
    baseline: float
    r2: float


def _split(x: Sequence[np.ndarray], y: Sequence[np.ndarray], folds: int, fold: int) -> tuple[np.ndarray, ...]:
    """Return vectors and numbers of all sentences but those of a fold, then of those: sentence i is in i % folds."""
    kept = [i for i in range(len(x)) if i % folds != fold]
    train = (np.concatenate([values[i] for i in kept]) for values in (x, y))
    return (*train, *(np.concatenate(values[fold::folds]) for values in (x, y)))


def best_penalty(x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> float:
    """Return the one of PENALTIES with the least squared error on a quarter of the sentences, fitted to the others."""
    train_x, train_y, test_x, test_y = _split(x, y, 4, 0)

    def error(penalty: float) -> float:
        return float(np.square(fit(train_x, train_y, penalty).predict(test_x) - test_y).sum())

    return min(PENALTIES, key=error)


def held_out(x: Sequence[np.ndarray], y: Sequence[np.ndarray], folds: int = FOLDS) -> HeldOut:
    """Predict the numbers of each sentence by a fit to sentences of other folds: sentence i belongs to fold i % folds.

    The penalty of each fit is chosen on its own sentences, by `best_penalty`.

    Args:
        x: The vectors of each sentence, (positions, features).
        y: The numbers of each sentence, (positions,).
        folds: At least 2.

    Raises:
        ValueError: If there are fewer than 2 folds, or so few sentences that a fit has fewer than 2.
    """
    if folds < 2 or len(x) - -(-len(x) // folds) < 2:
        raise ValueError(f"{folds} folds of {len(x)} sentences")
    residuals, deviations = [], []
    for fold in range(folds):
        train_x, train_y, test_x, test_y = _split(x, y, folds, fold)
        kept = [i for i in range(len(x)) if i % folds != fold]
        penalty = best_penalty([x[i] for i in kept], [y[i] for i in kept])
        residuals.append(fit(train_x, train_y, penalty).predict(test_x) - test_y)
        deviations.append(train_y.mean() - test_y)
    residual, deviation = np.concatenate(residuals), np.concatenate(deviations)
    return HeldOut(
        float(np.abs(residual).mean()),
        float(np.abs(deviation).mean()),
        float(1 - (residual @ residual) / (deviation @ deviation)),
    )
