"""What codes say, in bits: of themselves, of images and of labels."""
