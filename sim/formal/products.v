// A product of two significands as any number that has its leading one where a product can have it:
// in one of its two top places. What is proved of any such number is proved of the product.
(* techmap_celltype = "$mul" *)
module any_product(A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  parameter _TECHMAP_CONSTMSK_A_ = 0;
  parameter _TECHMAP_CONSTVAL_A_ = 0;
  parameter _TECHMAP_CONSTMSK_B_ = 0;
  parameter _TECHMAP_CONSTVAL_B_ = 0;
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;
  // Leading ones that are written out, and room for the whole product.
  wire _TECHMAP_FAIL_ = A_SIGNED || B_SIGNED || A_WIDTH + B_WIDTH != Y_WIDTH
    || !_TECHMAP_CONSTMSK_A_[A_WIDTH-1] || !_TECHMAP_CONSTVAL_A_[A_WIDTH-1]
    || !_TECHMAP_CONSTMSK_B_[B_WIDTH-1] || !_TECHMAP_CONSTVAL_B_[B_WIDTH-1];
  wire [Y_WIDTH-1:0] any;
  \$anyseq #(.WIDTH(Y_WIDTH)) of_product (.Y(any));
  assign Y = {any[Y_WIDTH-1], any[Y_WIDTH-2] | !any[Y_WIDTH-1], any[Y_WIDTH-3:0]};
endmodule
