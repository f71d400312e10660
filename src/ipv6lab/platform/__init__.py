"""What this machine is and can do: where files go, which features the kernel offers."""
