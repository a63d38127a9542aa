// What a sum of products is, written down from docs/numerics.md and from nothing else; products and
// results are those of multiplier.v.

// The number that an operand of an addition is: (-1)^sign * significand * 2^exponent.
module code #(
  parameter E = 8, M = 23, BIAS = 127, RULE = 0
) (
  input [E+M:0] y,
  output sign, zero, infinite, nan,
  output [M:0] significand,
  output signed [15:0] exponent
);
  wire signed [15:0] p;
  operand #(E, M, BIAS, RULE, 1, 0) of_y (y, sign, zero, infinite, nan, significand, p);
  assign exponent = p - M;
endmodule


// At most BITS significant bits of WIDTH, to nearest even, whatever the exponent.
module rounded #(
  parameter WIDTH = 8, BITS = 4
) (
  input [WIDTH-1:0] significand,
  input signed [15:0] exponent,
  output [BITS-1:0] kept,
  output signed [15:0] power
);
  reg [15:0] places;
  integer i;
  always @* begin
    places = 16'd0;
    for (i = 0; i < WIDTH; i = i + 1)
      if (significand[i]) places = WIDTH - 1 - i;
  end
  localparam ROOM = BITS + 2;
  wire [WIDTH+ROOM-1:0] leading = {significand, {ROOM{1'b0}}} << places;
  wire [BITS-1:0] upper = leading[WIDTH+ROOM-1:WIDTH+ROOM-BITS];
  wire [WIDTH+ROOM-BITS-1:0] rest = leading[WIDTH+ROOM-BITS-1:0];
  localparam [WIDTH+ROOM-BITS-1:0] HALF = 1 << (WIDTH + ROOM - BITS - 1);
  wire [BITS:0] nearest = upper + (rest > HALF || rest == HALF && upper[0]);
  assign kept = nearest[BITS] ? nearest[BITS:1] : nearest[BITS-1:0];
  assign power = exponent + WIDTH - BITS - $signed(places) + $signed({1'b0, nearest[BITS]});
endmodule


// The sum of two numbers, rounded once into the format.
module addition #(
  parameter WA = 24, WB = 24,             // bits of the significands
  parameter E = 8, M = 23, BIAS = 127, RULE = 0
) (
  input sign_a, zero_a, infinite_a, nan_a,
  input [WA-1:0] significand_a,
  input signed [15:0] exponent_a,
  input sign_b, zero_b, infinite_b, nan_b,
  input [WB-1:0] significand_b,
  input signed [15:0] exponent_b,
  output [E+M:0] y
);
  localparam LONGER = WA > WB ? WA : WB;
  // Of what is further down than this, all that counts is that it is there.
  localparam ROOM = M + LONGER + 4;
  localparam WIDTH = ROOM + LONGER + 2;
  wire none_a = zero_a || infinite_a || nan_a || significand_a == 0;
  wire none_b = zero_b || infinite_b || nan_b || significand_b == 0;
  wire signed [15:0] apart = exponent_a - exponent_b;
  wire b_below = none_b || !none_a && apart >= 0;
  wire [15:0] distance = none_a || none_b ? 16'd0 : apart >= 0 ? apart : -apart;
  wire [WIDTH-1:0] upper = (b_below ? none_a ? 0 : significand_a : significand_b) << ROOM;
  wire [WIDTH-1:0] lower = (b_below ? none_b ? 0 : significand_b : none_a ? 0 : significand_a) << ROOM;
  wire far = distance > ROOM;
  wire [WIDTH-1:0] placed = far ? lower != 0 : lower >> distance;
  wire signed [15:0] exponent = b_below ? exponent_a : exponent_b;

  wire subtracted = sign_a != sign_b;
  wire less = subtracted && placed > upper;
  wire [WIDTH-1:0] magnitude = !subtracted ? upper + placed : less ? placed - upper : upper - placed;
  wire upper_sign = b_below ? sign_a : sign_b;
  wire nothing = magnitude == 0;
  wire infinite = infinite_a || infinite_b;
  wire sign = infinite_a ? sign_a : infinite_b ? sign_b
            : nothing ? sign_a && sign_b
            : upper_sign ^ less;
  wire nan = nan_a || nan_b || infinite_a && infinite_b && sign_a != sign_b;
  wire signed [15:0] top = exponent - ROOM + (WIDTH - 2);
  result #(E, M, BIAS, RULE, 1, RULE != 0, 0, WIDTH - 2, 0) of_y (
    sign, nothing, infinite, nan, magnitude, top, y);
endmodule


// The sum of a code and a number that has been rounded already.
module accumulation #(
  parameter W = 24,
  parameter E = 8, M = 23, BIAS = 127, RULE = 0
) (
  input [E+M:0] sum,
  input sign, zero, infinite, nan,
  input [W-1:0] significand,
  input signed [15:0] exponent,
  output [E+M:0] y
);
  wire sign_s, zero_s, infinite_s, nan_s;
  wire [M:0] significand_s;
  wire signed [15:0] exponent_s;
  code #(E, M, BIAS, RULE) of_sum (
    sum, sign_s, zero_s, infinite_s, nan_s, significand_s, exponent_s);
  addition #(M + 1, W, E, M, BIAS, RULE) added (
    sign_s, zero_s, infinite_s, nan_s, significand_s, exponent_s,
    sign, zero, infinite, nan, significand, exponent, y);
endmodule


// Products of a beat, N of them side by side, the first one lowest.
module products #(
  parameter N = 1,
  parameter EA = 8, MA = 23, BIAS_A = 127, RULE_A = 0,
  parameter EB = 8, MB = 23, BIAS_B = 127, RULE_B = 0,
  parameter EXACT = 0, EQUATION = 0, PAPER = 1, CONSTANT = 0, GRADUAL = 0,
  parameter FRACTION = 23
) (
  input [N*(EA+MA+1)-1:0] a,
  input [N*(EB+MB+1)-1:0] b,
  output [N-1:0] sign, zero, infinite, nan,
  output [N*(FRACTION+2)-1:0] significand,
  output [N*16-1:0] exponent
);
  genvar i;
  generate
    for (i = 0; i < N; i = i + 1) begin : lane
      product #(EA, MA, BIAS_A, RULE_A, EB, MB, BIAS_B, RULE_B,
                EXACT, EQUATION, PAPER, CONSTANT, GRADUAL, FRACTION) of_operands (
        a[i*(EA+MA+1)+:EA+MA+1], b[i*(EB+MB+1)+:EB+MB+1],
        sign[i], zero[i], infinite[i], nan[i],
        significand[i*(FRACTION+2)+:FRACTION+2], exponent[i*16+:16]);
    end
  endgenerate
endmodule


// Accumulator in a float format, one product at a time.
module float_sum #(
  parameter N = 1,
  parameter E = 8, M = 23, BIAS = 127, RULE = 0,
  parameter FUSED = 0,
  parameter FRACTION = 23,
  parameter BITS = 24                     // significant bits that a product can have
) (
  input [E+M:0] state,
  input [N-1:0] sign, zero, infinite, nan,
  input [N*(FRACTION+2)-1:0] significand,
  input [N*16-1:0] exponent,
  output [E+M:0] following,
  output overflow, inexact
);
  localparam ROUNDS = !FUSED && BITS > M + 1;
  localparam W = ROUNDS ? M + 1 : FRACTION + 2;
  wire [W-1:0] kept;
  wire signed [15:0] last = $signed(exponent) - FRACTION;
  wire signed [15:0] power;
  generate
    if (ROUNDS) begin : first
      rounded #(FRACTION + 2, M + 1) of_product (significand, last, kept, power);
    end else begin : entire
      assign kept = significand;
      assign power = last;
    end
  endgenerate
  accumulation #(W, E, M, BIAS, RULE) added (
    state, sign, zero, infinite, nan, kept, power, following);
  assign overflow = 1'b0;
  assign inexact = 1'b0;
endmodule


// A register of WIDTH bits, the last one of weight 2^LSB; above it whether a plus or minus infinity
// or NaN has come.
module fixed_sum #(
  parameter N = 1,
  parameter WIDTH = 32, LSB = 0,
  parameter ABOVE = 0,                    // bits above it that a product can have
  parameter FRACTION = 23
) (
  input [WIDTH+2:0] state,
  input [N-1:0] sign, zero, infinite, nan,
  input [N*(FRACTION+2)-1:0] significand,
  input [N*16-1:0] exponent,
  output [WIDTH+2:0] following,
  output overflow, inexact
);
  localparam WIDE = WIDTH + ABOVE + 8 + N;
  reg signed [WIDE-1:0] beat;
  reg [WIDE-1:0] magnitude;
  reg signed [15:0] places;
  reg [2:0] seen;
  integer i;
  always @* begin
    beat = 0;
    seen = state[WIDTH+2:WIDTH];
    for (i = 0; i < N; i = i + 1) begin
      places = $signed(exponent[i*16+:16]) - FRACTION - LSB;
      magnitude = significand[i*(FRACTION+2)+:FRACTION+2];
      if (zero[i] || infinite[i] || nan[i]) magnitude = 0;
      magnitude = places < 0 ? magnitude >> -places : magnitude << places;
      seen = seen | {nan[i], infinite[i] && !nan[i] && sign[i], infinite[i] && !nan[i] && !sign[i]};
      beat = sign[i] ? beat - magnitude : beat + magnitude;
    end
  end
  wire signed [WIDE-1:0] total = $signed(state[WIDTH-1:0]) + beat;
  assign following = {seen, total[WIDTH-1:0]};
  assign overflow = total != $signed(total[WIDTH-1:0]);
  assign inexact = 1'b0;
endmodule


// A register whose last bit has the weight 2^lsb, rounded once into the format.
module read_out #(
  parameter WIDTH = 32,
  parameter E = 8, M = 23, BIAS = 127, RULE = 0
) (
  input [WIDTH+2:0] state,
  input signed [15:0] lsb,
  output [E+M:0] y
);
  wire plus = state[WIDTH], minus = state[WIDTH+1];
  wire negative = state[WIDTH-1];
  wire [WIDTH-1:0] magnitude = negative ? -state[WIDTH-1:0] : state[WIDTH-1:0];
  wire infinite = plus || minus;
  localparam signed [15:0] TOP = WIDTH - 2;
  result #(E, M, BIAS, RULE, 1, RULE != 0, 0, WIDTH - 2, 0) of_y (
    infinite ? minus : negative, magnitude == 0, infinite, state[WIDTH+2] || plus && minus,
    magnitude, lsb + TOP, y);
endmodule


// All products of a beat and the sum, cut GUARD bits below the mantissa of the largest exponent.
module aligned_sum #(
  parameter N = 1,
  parameter E = 8, M = 23, BIAS = 127, RULE = 0,
  parameter GUARD = 3,
  parameter EXACT = 0,
  parameter FRACTION = 23
) (
  input [E+M:0] state,
  input [N-1:0] sign, zero, infinite, nan,
  input [N*(FRACTION+2)-1:0] significand,
  input [N*16-1:0] exponent,
  output [E+M:0] following,
  output overflow, inexact
);
  wire sign_s, zero_s, infinite_s, nan_s;
  wire [M:0] significand_s;
  wire signed [15:0] exponent_s;
  code #(E, M, BIAS, RULE) of_sum (
    state, sign_s, zero_s, infinite_s, nan_s, significand_s, exponent_s);
  localparam LAST = M + GUARD;
  localparam WIDTH = LAST + FRACTION + N + 6;
  reg signed [15:0] largest, scale;
  reg signed [WIDTH-1:0] total;
  reg [WIDTH-1:0] magnitude;
  reg plus, minus, no_number, some;
  integer i;
  always @* begin
    plus = infinite_s && !sign_s;
    minus = infinite_s && sign_s;
    no_number = nan_s;
    some = !zero_s && !infinite_s && !nan_s;
    largest = some ? exponent_s + M : 16'sh8000;
    for (i = 0; i < N; i = i + 1) begin
      // The carry of an L-Mul product counts as exponent; that of an exact one does not.
      scale = $signed(exponent[i*16+:16]);
      if (!EXACT && significand[i*(FRACTION+2)+FRACTION+1]) scale = scale + 1;
      plus = plus || infinite[i] && !sign[i];
      minus = minus || infinite[i] && sign[i];
      no_number = no_number || nan[i];
      if (!zero[i] && scale > largest) largest = scale;
    end
    magnitude = significand_s;
    magnitude = (magnitude << LAST) >> M;
    magnitude = magnitude >> (largest - (exponent_s + M));
    total = some ? sign_s ? -magnitude : magnitude : 0;
    for (i = 0; i < N; i = i + 1) begin
      scale = $signed(exponent[i*16+:16]);
      magnitude = significand[i*(FRACTION+2)+:FRACTION+2];
      magnitude = (magnitude << LAST) >> (FRACTION + (largest - scale));
      if (!zero[i]) total = sign[i] ? total - magnitude : total + magnitude;
    end
  end
  wire negative = total < 0;
  wire [WIDTH-1:0] size = negative ? -total : total;
  wire any = plus || minus;
  result #(E, M, BIAS, RULE, 1, RULE != 0, 0, WIDTH - 2, 0) of_y (
    any ? minus : negative, size == 0, any, no_number || plus && minus,
    size, largest - LAST + (WIDTH - 16'sd2), following);
  assign overflow = 1'b0;
  assign inexact = 1'b0;
endmodule


// A register of SLOTS slots of 8 bits below the largest product so far.  The state is the register,
// what is no number, whether there was a product, and the anchor.
module window_sum #(
  parameter N = 1,
  parameter WIDTH = 43, SLOTS = 4,
  parameter BIASES = 254,                 // the sum of the operands' biases
  parameter EXACT = 0,
  parameter FRACTION = 23
) (
  input [WIDTH+19:0] state,
  input [N-1:0] sign, zero, infinite, nan,
  input [N*(FRACTION+2)-1:0] significand,
  input [N*16-1:0] exponent,
  output [WIDTH+19:0] following,
  output overflow, inexact
);
  localparam WIDE = WIDTH + FRACTION + N + 4;
  reg signed [WIDTH-1:0] register;
  reg signed [WIDE-1:0] total;
  reg [WIDE-1:0] magnitude, placed;
  reg signed [15:0] anchor, label, slot, last, rise, places;
  reg [2:0] seen;
  reg some, lost;
  integer i;
  always @* begin
    register = state[WIDTH-1:0];
    seen = state[WIDTH+2:WIDTH];
    some = state[WIDTH+3];
    anchor = state[WIDTH+19:WIDTH+4];
    rise = anchor;
    lost = 1'b0;
    for (i = 0; i < N; i = i + 1) begin
      seen = seen | {nan[i], infinite[i] && !nan[i] && sign[i], infinite[i] && !nan[i] && !sign[i]};
      label = $signed(exponent[i*16+:16]) + BIASES;
      if (EXACT || significand[i*(FRACTION+2)+FRACTION+1]) label = label + 1;
      slot = label >>> 3;
      if (!zero[i] && !infinite[i] && !nan[i] && (!some || slot > anchor)) begin
        anchor = slot;
        some = 1'b1;
      end
    end
    rise = state[WIDTH+3] ? (anchor - rise) <<< 3 : 16'sd0;
    lost = (register >>> rise) <<< rise != register;
    total = register >>> rise;
    // Weight of the last bit.
    last = ((anchor - SLOTS + 1) <<< 3) - BIASES;
    for (i = 0; i < N; i = i + 1) begin
      places = $signed(exponent[i*16+:16]) - FRACTION - last;
      magnitude = significand[i*(FRACTION+2)+:FRACTION+2];
      if (zero[i] || infinite[i] || nan[i]) magnitude = 0;
      placed = places < 0 ? magnitude >> -places : magnitude << places;
      if (places < 0 && (placed << -places) != magnitude) lost = 1'b1;
      total = sign[i] ? total - placed : total + placed;
    end
  end
  assign following = {anchor, some, seen, total[WIDTH-1:0]};
  assign overflow = total != $signed(total[WIDTH-1:0]);
  assign inexact = lost;
endmodule
