"""The published policies: dated YAML files, and the reader that refuses a faulty one at start."""
