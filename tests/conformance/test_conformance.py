"""Our layers against the conformance vectors that ship with ONNX, each case by each way through our methods."""

import jax
import numpy as np
import pytest
from conformance_cases import TRANSLATORS, cases, data_of, model_of, translated
from conformance_page import PAGES, page, results
from onnx.backend.test.case.test_case import TestCase
from onnx_node import InexpressibleError, Translation, node_of
from referee import initial_shapes

EVERY_CASE = [case for of_operator in cases().values() for case in of_operator]


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: case.name)
def test_case(case: TestCase) -> None:
    try:
        node, translation = translated(case)
    except InexpressibleError as error:
        pytest.skip(str(error))
    assert_fits(translation)
    compared = set()
    for name, outputs in translation.outputs().items():
        for output in outputs.keys() & node.expected.keys():
            found, expected = outputs[output], node.expected[output]
            assert found.shape == expected.shape
            assert found.dtype == expected.dtype or expected.dtype == np.int64  # JAX has 32 bits of it
            np.testing.assert_allclose(found, expected, case.rtol, case.atol, err_msg=f"{output} by {name}")
            compared.add(output)
    assert compared == node.expected.keys() - translation.not_compared.keys()


def assert_fits(translation: Translation) -> None:
    """The parameters are shaped as `init` makes them, and y is as it says."""
    layer, params, x = translation.layer, translation.params, translation.x
    made, out_shape = initial_shapes(layer, x.shape[1:])
    assert jax.tree.map(lambda a: a.shape, made) == jax.tree.map(np.shape, params)
    assert jax.eval_shape(layer.forward, params, x)[0].shape == (len(x), *out_shape)


def test_an_attribute_that_no_translator_looks_at_is_an_error() -> None:
    case = cases()["Relu"][0]
    node = node_of(model_of(case), *data_of(case))
    node.attributes["threshold"] = 1.0
    TRANSLATORS["Relu"](node)
    with pytest.raises(AssertionError, match="the translator of Relu does not look at threshold"):
        node.finish()


def test_every_operator_is_run() -> None:
    assert all(result.run for result in results().values())


@pytest.mark.parametrize("language", PAGES)
def test_the_page_lists_what_is_not_run(language: str) -> None:
    again = "write it again with: python tests/conformance/conformance_page.py"
    assert PAGES[language].read_text(encoding="utf-8") == page(language), again
