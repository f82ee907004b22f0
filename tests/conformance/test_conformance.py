"""Our layers against the conformance vectors that ship with ONNX; docs/conformance.md lists what is not run, and why."""

import numpy as np
import pytest
from conformance_cases import cases, reason_not_run, translated
from onnx.backend.test.case.test_case import TestCase

RUN = [case for of_operator in cases().values() for case in of_operator if reason_not_run(case) is None]


@pytest.mark.parametrize("case", RUN, ids=lambda case: case.name)
def test_case(case: TestCase) -> None:
    node, translation = translated(case)
    for name, way in translation.ways.items():
        outputs = way()
        for output in outputs.keys() & node.expected.keys():
            found, expected = outputs[output], node.expected[output]
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, case.rtol, case.atol, err_msg=f"{output} by {name}")
