from setuptools import find_packages
from setuptools import setup

REQUIRED_PACKAGES = [
    'numpy>=1.14',
    'six>=1.10',
]

setup(
    name='recommender',
    version='0.3.1',
    description='Implicit feedback recommender (neural matrix factorisation)',
    packages=find_packages(),
    include_package_data=True,
    python_requires='>=3.5,<3.8',
    install_requires=REQUIRED_PACKAGES + ['tensorflow>=1.13,<2'],
    extras_require={
        'gpu': ['tensorflow-gpu>=1.13,<2'],
        'serving': ['tensorflow-serving-api==1.15.0'],
    },
    entry_points={'console_scripts': ['recommender-train = recommender.train:entry']},
)
