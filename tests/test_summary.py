"""The table of a network: its shapes, its parameters and its work."""

from gradus.equations import CrossEntropy
from gradus.network import Network
from gradus.notation import mlp


def test_parameters_of_784_30_10() -> None:
    # 784*30 + 30 = 23,550 and 30*10 + 10 = 310, together 23,860 (theory A1)
    # Each weight is multiplied once: 784*30 = 23,520 and 30*10 = 300
    network = Network.create(mlp([784, 30, 10]), CrossEntropy(), (784,))
    assert network.parameter_count() == 23_860
    assert [line.split() for line in network.summary().splitlines()] == [
        ["layer", "output", "parameters", "multiply-adds"],
        ["input", "784"],
        ["flatten", "784", "0"],
        ["dense30", "30", "23,550", "23,520"],
        ["sigmoid", "30", "0"],
        ["dense10", "10", "310", "300"],
        ["total", "23,860"],
    ]


def test_summary_is_a_table() -> None:
    summary = Network.create(mlp([784, 30, 10]), CrossEntropy(), (28, 28, 1)).summary()
    assert summary == "\n".join(
        [
            "layer    output   parameters  multiply-adds",
            "input    28x28x1",
            "flatten  784               0",
            "dense30  30           23,550         23,520",
            "sigmoid  30                0",
            "dense10  10              310            300",
            "total                 23,860",
        ]
    )


def test_shapes() -> None:
    network = Network.create(mlp([12, 5, 2]), CrossEntropy(), (4, 3, 1))
    assert network.shapes() == [(12,), (5,), (5,), (2,)]
