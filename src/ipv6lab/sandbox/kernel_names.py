"""What the kernels are called on which a lab can run."""

HOST, LAB, AUTO = "host", "lab", "auto"
KERNELS = (AUTO, HOST, LAB)
