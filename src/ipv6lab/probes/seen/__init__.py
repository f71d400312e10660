"""What is seen on the network and in a kernel, and where one looks from."""
