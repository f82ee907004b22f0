"""A large step or a negative bias kills ReLUs for good; leaky ones come back (theory G2)."""

import numpy as np
import pytest
from small import SmallSources, looked_at

from gradus.figures import dead_relu
from gradus.figures.gradients import inputs_and_outputs
from gradus.runs import fit
from gradus.runs.layer_statistics import layer_statistics
from gradus.training import build_network


def test_relus_die_and_leaky_ones_live() -> None:
    measured = dead_relu.measure(SmallSources(), epochs=16, examples=800, seeds=2)
    runs = measured.drawn
    assert measured.claim
    assert (runs["negative"][..., 0] == 100).all()  # dead is dead, in every epoch
    assert (runs["negative_leaky"][:, 0, 0] == 100).all()
    assert runs["good"][:, -1, 1].min() > 80
    assert runs["large"][:, -1, 1].max() < runs["large_leaky"][:, -1, 1].min()
    looked_at("dead-relu", measured)


def test_silent_relus_are_those_that_a_layer_record_calls_dead() -> None:
    data = SmallSources().mnist.with_examples(300)
    network = build_network(data, "dense30 dense10")
    *_, epoch = fit(network, data, epochs=2, learning_rate=0.7)
    x, y = inputs_and_outputs(data)
    dead = [record.dead for record in layer_statistics(epoch.network, network, x, y) if record.dead is not None]
    assert dead == [pytest.approx(dead_relu.silent(epoch.network, x))]
    assert 0 < np.mean(dead) < 1
