module bedrockwire

go 1.24
