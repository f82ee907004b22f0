"""The numbers of the sliding convolution, against SciPy and by hand (theory E6)."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate
from small import SmallSources, check_figure

from gradus.figures import convolution


@pytest.mark.slow
def test_every_output_is_the_sum_over_its_window_and_has_a_frame_in_the_moving_picture() -> None:
    measurement = convolution.measure(SmallSources())
    assert measurement.claim_holds
    slide = measurement.plot_data
    assert slide.x.shape == (7, 7, 3)
    assert slide.z.shape == (3, 3, 2)
    for j in range(2):
        everywhere = correlate(slide.x, slide.w[..., j], mode="valid")[..., 0] + slide.b[j]
        assert np.array_equal(slide.z[..., j], everywhere[::2, ::2])
    pictures = check_figure("convolution", measurement)
    with Image.open(io.BytesIO(pictures["gif"])) as moving:
        assert getattr(moving, "n_frames", 1) == slide.z.size
