"""Libraries of accelerators: which a wheel may need without having them."""

import io
import zipfile

import pytest

from actions.wheel import gpu


def opened(metadata: str) -> zipfile.ZipFile:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.writestr("a-1.dist-info/METADATA", metadata)
    return zipfile.ZipFile(packed)


def test_requirements_are_read_without_the_version_of_cuda_in_their_names() -> None:
    rows = ["Name: a", "Requires-Dist: NVIDIA_cuda.runtime-cu12>=12.9", "Requires-Dist: nvidia-cublas (==13.5)"]

    assert gpu.required(opened("\n".join([*rows, "", "Requires-Dist: nccl"]))) == {
        "nvidia-cuda-runtime",
        "nvidia-cublas",
    }
    assert gpu.required(zipfile.ZipFile(io.BytesIO(), "w")) == frozenset()


@pytest.mark.parametrize(
    ("library", "requirements", "may"),
    [
        ("libcuda.so.1", (), True),
        ("libnvidia-ml.so.1", (), True),
        ("libcuda.so.2", (), False),
        ("libcudart.so.13", (), False),
        ("libcudart.so.13", ("nvidia-cuda-runtime",), True),
        ("libcublasLt.so.13", ("nvidia-cublas",), True),
        ("libcublas.so.13", ("nvidia-cuda-runtime",), False),
        ("libother.so.1", ("",), False),
    ],
)
def test_a_wheel_may_need_the_driver_and_what_it_requires(
    library: str, requirements: tuple[str, ...], may: bool
) -> None:
    assert gpu.may_need(library, frozenset(requirements)) is may
