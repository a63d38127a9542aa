"""What designs cost on FPGAs: cells by synthesis, clocks by place and route."""
