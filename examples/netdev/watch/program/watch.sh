# ndpiReader says what it has seen when it is interrupted.
trap 'kill -INT $reader' TERM
ndpiReader -i in &
reader=$!
wait $reader
wait $reader
