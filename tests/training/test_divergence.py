"""A training that diverges names the first number that is not finite, and the setting to change."""

import math

import optax
import pytest
from examples import FOX, blobs

import gradus
from gradus.errors import DivergedError
from gradus.language import text_network
from gradus.network import Network
from gradus.training import build_network


def relus() -> Network:
    return build_network(blobs(), "dense5 relu dense3")


def diverge(network: Network, data=None, **settings) -> DivergedError:
    with pytest.raises(DivergedError) as caught:
        list(gradus.fit(network, data or blobs(), **{"epochs": 50, "batch_size": 10} | settings))
    return caught.value


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"learning_rate": 1e30}, "try a learning rate ten times smaller, 1e+29"),
        # 1 - eta lambda/n is below -1 from lambda = 2 n/eta = 206 on, and below 0 from 103 on
        ({"learning_rate": 1.0, "l2": 1e6}, "try an l2 below 1e+02"),
        # every step moves a weight by eta lambda/n: by at most 1 up to lambda = 103
        ({"learning_rate": 1.0, "l1": 1e38}, "try an l1 below 1e+02"),
        ({"optimizer": optax.sgd(1e30)}, "try a smaller learning rate in the optax optimizer"),
    ],
)
def test_the_setting_to_blame_is_named(settings: dict, cause: str):
    error = diverge(relus(), **settings)
    assert cause in str(error)
    assert "the first number that is not finite is " in str(error)


def test_newton_cg_is_not_told_of_a_learning_rate_that_it_does_not_have():
    network = build_network(blobs(), "dense3")
    huge = network.params[-1]._replace(w=network.params[-1].w.at[1, 0].set(math.inf))
    error = diverge(
        Network(network.chain, network.cost, network.in_shape, (*network.params[:-1], huge), network.state),
        optimizer="newton-cg",
    )
    assert "is w of layer 2 (dense3): inf, in step 1; newton-cg has no learning rate; try other initial" in str(error)


def test_a_penalty_that_overflows_is_to_blame_and_not_the_layers():
    """Weights of 1e20 give finite outputs, but their squares do not fit into 32 bits."""
    network = build_network(blobs(), "dense3")
    flatten, dense = network.params
    params = (flatten, dense._replace(w=dense.w * 0 + 1e20))
    error = diverge(Network(network.chain, network.cost, network.in_shape, params, network.state),
                    optimizer="newton-cg", l2=0.5)  # fmt: skip
    assert "is the penalty lambda/(2n) sum w^2, in step 1; try an l2 below 0.5" in str(error)


def test_the_layer_and_the_step_are_those_of_the_first_number():
    """A weight of the second dense layer is so large that its z overflows; all before it is finite."""
    network = build_network(blobs(), "dense4 relu dense3")
    flatten, first, relu, last = network.params
    first = first._replace(w=first.w * 0 + 1e20, b=first.b + 1)
    last = last._replace(w=last.w * 0 + 1e30)
    error = diverge(Network(network.chain, network.cost, network.in_shape, (flatten, first, relu, last), network.state),
                    learning_rate=0.1)  # fmt: skip
    assert "first number that is not finite is z of layer 4 (dense3): " in str(error)
    assert (error.epoch, error.step) == (1, 1)
    assert math.isnan(error.cost)


def test_the_cost_is_the_mean_of_the_steps_before():
    """The first step, from the same weights on the same examples, has a finite cost; the second has none."""
    error = diverge(relus(), learning_rate=1e30)
    (epoch,) = gradus.fit(relus(), blobs(), epochs=1, batch_size=10, learning_rate=1e-30)
    assert error.step > 1
    assert 0 < error.cost < math.inf
    assert math.isfinite(epoch.cost)


def test_a_text_is_looked_through_as_well():
    error = diverge(text_network(FOX, "lstm4", time=16), FOX, batch_size=4, learning_rate=1e37, clip_norm=None,
                    optimizer="gradient-descent")  # fmt: skip
    assert "of layer" in str(error)
    assert "try a learning rate ten times smaller, 1e+36" in str(error)
