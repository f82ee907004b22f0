"""A large step or a negative bias kills ReLUs for good; leaky ones come back (theory G2)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import dead_relu
from gradus.figures.gradients import inputs_and_targets
from gradus.runs import fit, layer_statistics
from gradus.training import build_network


@pytest.mark.slow
def test_relus_die_and_leaky_ones_live() -> None:
    measurement = dead_relu.measure(SmallSources(), epochs=16, examples=800, seeds=2)
    runs = measurement.plot_data
    assert measurement.claim_holds
    assert (runs["negative"][:, 0] == 100).all()  # dead is dead, in every epoch
    assert (runs["negative_leaky"][:, 0, 0] == 100).all()
    assert runs["good"][:, 1, -1].min() > 80
    assert runs["large"][:, 1, -1].max() < runs["large_leaky"][:, 1, -1].min()
    check_figure("dead-relu", measurement)


def test_silent_relus_are_those_that_a_layer_record_calls_dead() -> None:
    data = SmallSources().mnist.with_examples(300)
    network = build_network(data, "dense30 dense10")
    *_, epoch = fit(network, data, epochs=2, learning_rate=0.7)
    x, y = inputs_and_targets(data)
    dead = [record.dead for record in layer_statistics(epoch.network, network, x, y) if record.dead is not None]
    assert dead == [pytest.approx(dead_relu.silent_share(epoch.network, x))]
    assert 0 < np.mean(dead) < 1
