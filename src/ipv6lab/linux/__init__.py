"""What both halves ask of Linux: system calls that Python lacks, namespaces, packet sockets."""
