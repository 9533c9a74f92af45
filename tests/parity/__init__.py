"""A real facility and a fake of its recording answer the same requests alike."""
