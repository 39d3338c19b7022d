"""What leaves the product as a file: pictures, feeds, packs and archives."""
