"""python -m mnist_exp, and the command mnist-exp."""

from mnist_exp.cli.main import main as main

if __name__ == "__main__":
    main()
